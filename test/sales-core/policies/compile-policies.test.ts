import { expect } from 'chai'
import { compilePolicies } from '../../../src/sales-core/policies/compile-policies.ts'
import { judgeSend } from '../../../src/sales-core/policies/judge-send.ts'
import { compileCalendars } from '../../../src/sales-core/time/calendars.ts'
import { salesDocuments } from '../../support/sales/sales-config.ts'
import { facts, request } from './policy-setup.ts'

const compiled = (yaml: string) => {
  const documents = salesDocuments(yaml)
  return compilePolicies(documents, compileCalendars(documents).homeZone)
}
const verdict = (yaml: string, now: string, known = {}, send = {}) => {
  const { policies, homeZone } = compiled(yaml)
  const nowMs = Date.parse(now)
  const judged = judgeSend(policies, request({ dueMs: nowMs, ...send }), facts({ homeZone, ...known }), nowMs)
  return judged.verdict === 'defer' ? `until ${new Date(judged.untilMs).toISOString()}` : judged.verdict
}
const hours = 'quiet_hours: { from: "20:00", to: "09:00" }'

describe('policies as they are written', () => {
  it('are quiet from one time to another, over midnight or not', () => {
    const zone = (from: string, to: string) =>
      `kind: Policy\nname: p\nquiet_hours: { tz: UTC, from: "${from}", to: "${to}" }`
    expect(verdict(zone('20:00', '09:00'), '2026-03-05T21:00:00Z')).to.equal('until 2026-03-06T09:00:00.000Z')
    expect(verdict(zone('12:00', '13:30'), '2026-03-05T12:15:00Z')).to.equal('until 2026-03-05T13:30:00.000Z')
    expect(verdict(zone('12:00', '13:30'), '2026-03-05T13:30:00Z')).to.equal('allow')
    expect(verdict(zone('00:00', '09:00'), '2026-03-05T23:59:00Z')).to.equal('allow')
  })

  it('take the tenant’s zone from its calendar', () => {
    const calendar = '---\nkind: Calendar\nname: office\ntz: Asia/Dubai\nweek: { mon-fri: "09:00-18:00" }'
    const policy = `kind: Policy\nname: p\n${hours}${'\n'}`
    expect(verdict(`${policy}${calendar}`, '2026-03-05T16:30:00Z')).to.equal('until 2026-03-06T05:00:00.000Z')
    expect(verdict(`${policy}${calendar}`, '2026-03-05T12:00:00Z')).to.equal('allow')
  })

  it('have defaults: messages of all channels, deferred for a week at most', () => {
    const { policies } = compiled('kind: Policy\nname: b\npack: us\n---\nkind: Policy\nname: a\npack: us')
    expect(policies.map(({ name }) => name)).to.deep.equal(['a', 'b'])
    expect(policies[0]).to.deep.include({
      effects: new Set(['send']),
      channels: null,
      onBlock: 'defer',
      waitMaxMs: 7 * 86_400_000,
    })
  })

  it('count under names that stay when the number changes', () => {
    const cap = (max: number) =>
      `kind: Policy\nname: p\ncaps: { per: lead, max: ${max}, within: 24h, over_cap: skip }`
    const [one, other] = [compiled(cap(3)), compiled(cap(5))].map(({ policies }) => policies[0]?.caps[0])
    expect(one).to.deep.include({ key: 'p#24h', max: 3, withinMs: 86_400_000, overCap: 'skip' })
    expect(other?.key).to.equal(one?.key)
  })

  it('find the vendor’s template of the window’s channel', () => {
    const yaml = (name: string) =>
      `kind: Template\nname: welcome\nchannels: { whatsapp: { ${name}: v3 } }\n---\nkind: Policy\nname: p\nwindow: { channel: whatsapp, within: 24h, otherwise: template, template: welcome }`
    const template = (text: string) => compiled(text).policies[0]?.window?.template
    expect(template(yaml('name'))).to.deep.equal({ name: 'v3', language: null, params: [] })
    expect(template(yaml('text')), 'free text is no way out').to.equal(null)
  })
})
