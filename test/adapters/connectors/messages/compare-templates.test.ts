import { expect } from 'chai'
import { compareTemplates } from '../../../../src/adapters/connectors/messages/compare-templates.ts'
import {
  parametersIn,
  vendorTemplateReader,
} from '../../../../src/adapters/connectors/messages/vendor-template.ts'
import type { VendorTemplate } from '../../../../src/adapters/connectors/messages/vendor-template.ts'
import { whatsapp } from '../../../../src/adapters/connectors/vendors/whatsapp.ts'
import type { JsonObject } from '../../../../src/kernel/json.ts'
import type { ChannelMessage } from '../../../../src/sales-core/templates/message-template.ts'

const read = vendorTemplateReader(whatsapp)
const body = (text: string) => ({ type: 'BODY', text })
const kept = (change: JsonObject = {}): VendorTemplate => {
  const item = {
    id: '1',
    name: 'welcome_v3',
    language: 'en',
    status: 'APPROVED',
    category: 'UTILITY',
    parameter_format: 'NAMED',
    components: [body('Hi {{name}}, your code is {{ code }}, {{name}}'), { type: 'FOOTER', text: 'Acme' }],
    ...change,
  }
  const template = read(item)
  if (template === null) throw new Error('It cannot be read')
  return template
}
const good = { name: 'welcome_v3', language: 'en', params: ['code', 'name'] }
const found = (message: ChannelMessage, templates: readonly VendorTemplate[] = [kept()]) =>
  compareTemplates(
    [{ name: 'welcome', params: [], channels: { whatsapp: message, sms: { text: 'Hi' } } }],
    ['whatsapp'],
    templates,
    whatsapp.templates,
  ).flatMap(({ findings }) => findings.map(({ code, path }) => `${code.slice(19)} ${path.slice(18)}`))

describe('Template documents beside what WhatsApp keeps', () => {
  it('are well when name, language, approval and parameters are the same', () => {
    expect(found(good)).to.deep.equal([])
    const placed = kept({ parameter_format: 'POSITIONAL', components: [body('Hi {{1}}, {{2}}')] })
    expect(found({ ...good, params: ['a', 'b'], by: 'place' }, [placed])).to.deep.equal([])
    const old = kept({ parameter_format: undefined, components: [body('Hi {{1}}')] })
    expect(found({ ...good, params: ['a'], by: 'place' }, [old])).to.deep.equal([])
    expect(found({ name: 'welcome_v3', language: 'en' }, [kept({ components: [body('Hi')] })])).to.deep.equal(
      [],
    )
  })

  it('name one that is there, in that language', () => {
    expect(found({ ...good, name: 'welcome_v4' })).to.deep.equal(['MISSING name'])
    expect(found(good, [])).to.deep.equal(['MISSING name'])
    expect(found({ ...good, language: 'pt_BR' })).to.deep.equal(['LANGUAGE language'])
    expect(found({ ...good, language: undefined })).to.deep.equal(['LANGUAGE language'])
    expect(found(good, [kept({ language: 'de' }), kept()])).to.deep.equal([])
  })

  for (const status of [
    'PENDING',
    'REJECTED',
    'PAUSED',
    'DISABLED',
    'IN_APPEAL',
    'LIMIT_EXCEEDED',
    'NEW_WORD',
  ])
    it(`name one that may be sent, not ${status}`, () => {
      expect(found(good, [kept({ status, rejected_reason: 'ABUSIVE_CONTENT' })])).to.deep.equal([
        'STATUS name',
      ])
    })

  it('give its parameters: as many, of these names, in this way', () => {
    expect(found({ ...good, params: ['name'] })).to.deep.equal(['PARAMS params'])
    expect(found({ ...good, params: ['name', 'code', 'x'] })).to.deep.equal(['PARAMS params'])
    expect(found({ ...good, params: ['name', 'cod'] })).to.deep.equal(['PARAMS params', 'PARAMS params'])
    expect(found({ ...good, by: 'place' })).to.deep.equal(['BY by'])
    const placed = kept({ parameter_format: 'POSITIONAL', components: [body('Hi {{1}}, {{2}}')] })
    expect(found(good, [placed])).to.deep.equal(['BY by'])
    expect(found({ ...good, params: ['a'], by: 'place' }, [placed])).to.deep.equal(['PARAMS params'])
    expect(found(good, [kept({ components: [body('Hi')] })])).to.deep.equal(['PARAMS params'])
  })

  const parts: readonly [string, JsonObject, boolean][] = [
    ['a header of text', { type: 'HEADER', format: 'TEXT', text: 'News' }, true],
    ['a header with a parameter', { type: 'HEADER', format: 'TEXT', text: 'For {{1}}' }, false],
    ['a header with an image', { type: 'HEADER', format: 'IMAGE' }, false],
    [
      'a button with an address',
      { type: 'BUTTONS', buttons: [{ type: 'URL', text: 'Go', url: 'https://x.example' }] },
      true,
    ],
    [
      'a button with a parameter',
      { type: 'BUTTONS', buttons: [{ type: 'URL', text: 'Go', url: 'https://x.example/{{1}}' }] },
      false,
    ],
    ['a button that answers', { type: 'BUTTONS', buttons: [{ type: 'QUICK_REPLY', text: 'Yes' }] }, true],
    ['a button that calls', { type: 'BUTTONS', buttons: [{ type: 'PHONE_NUMBER', text: 'Call' }] }, true],
    ['a button that shows products', { type: 'BUTTONS', buttons: [{ type: 'MPM', text: 'See' }] }, false],
    ['cards', { type: 'CAROUSEL', cards: [] }, false],
    ['an offer that ends', { type: 'LIMITED_TIME_OFFER', limited_time_offer: { text: 'x' } }, false],
    ['a button that copies a code', { type: 'BUTTONS', buttons: [{ type: 'OTP', text: 'Copy' }] }, false],
  ]
  for (const [what, part, fits] of parts)
    it(`${fits ? 'fill' : 'cannot fill'} one with ${what}`, () => {
      const components = [body('Hi {{name}} {{code}}'), part]
      expect(found(good, [kept({ components })])).to.deep.equal(fits ? [] : ['PARTS name'])
    })

  it('are not compared with what cannot be read', () => {
    for (const item of [null, 'x', [], {}, { name: 7, status: 'APPROVED' }, { name: 'x' }])
      expect(read(item), JSON.stringify(item)).to.equal(null)
    expect(read({ name: 'x', status: 'APPROVED', parameter_format: 'NEW' })).to.equal(null)
    expect(read({ name: 'x', status: 'APPROVED', components: 7 })).to.equal(null)
  })

  it('count a parameter once, and places in their order', () => {
    expect(parametersIn('{{2}} {{ 1 }} {{10}} {{2}}')).to.deep.equal(['1', '2', '10'])
    expect(parametersIn('{{b}} {{a}} {{b}} {{ x y }} {{}}')).to.deep.equal(['b', 'a'])
    expect(parametersIn(null)).to.deep.equal([])
  })
})
