import { expect } from 'chai'
import { Writable } from 'node:stream'
import { gohighlevel } from '../../../../src/adapters/connectors/vendors/gohighlevel.ts'
import { resend } from '../../../../src/adapters/connectors/vendors/resend.ts'
import { slack } from '../../../../src/adapters/connectors/vendors/slack.ts'
import { teamsWorkflow } from '../../../../src/adapters/connectors/vendors/teams-workflow.ts'
import { twilio } from '../../../../src/adapters/connectors/vendors/twilio.ts'
import { whatsapp } from '../../../../src/adapters/connectors/vendors/whatsapp.ts'
import { composeMail } from '../../../../src/adapters/smtp/compose-mail.ts'
import { createLogger } from '../../../../src/app/logger.ts'
import { plainLine } from '../../../../src/cli/text/plain-text.ts'
import { readPath } from '../../../../src/kernel/json.ts'
import type { JsonObject } from '../../../../src/kernel/json.ts'
import { Conformance } from '../vendors/conformance.ts'

/** Names that would like to begin a new line, a new header, a new message, or to steer what shows them. */
const names = [
  'Ada\r\nBcc: all@example.com',
  'Ada\nSubject: free money',
  'Ada\u2028Bcc: all@example.com',
  'Ada\u0085X-Evil: 1',
  'Ada\r\n\r\n<html>',
  'Ada\t\t\tB     C',
  '\u001b[2J\u001b]0;owned\u0007Ada',
  '\u009b31mAda\u202eevE',
  'Ada\u0000Eve',
  '=?utf-8?B?QmNjOiBhbGw=?=',
  'Ada "<all@example.com>", eve@example.com',
]
const breaks = /[\p{Cc}\u2028\u2029]/u
const body = (connector: Conformance, input: JsonObject): JsonObject =>
  connector.rendered('message.send', input).body as JsonObject

describe('what a lead is called, at the vendors', () => {
  const wa = new Conformance(whatsapp, { phoneNumberId: '100000000000002' })
  const mail = new Conformance(resend, { from: 'Acme <sales@acme.example>' })

  for (const name of names) {
    const shown = JSON.stringify(name)
    it(`begins no line in a parameter of WhatsApp, which refuses that: ${shown}`, () => {
      const sent = body(wa, { to: '+14155550123', template_id: 'hello', language: 'en', params: { name } })
      const text = readPath(sent, 'template') as JsonObject
      const [part] = text['components'] as readonly JsonObject[]
      const [parameter] = part?.['parameters'] as readonly JsonObject[]
      expect(parameter?.['text']).to.not.match(breaks)
      expect(parameter?.['text']).to.not.match(/ {2}/)
      expect(String(parameter?.['text']).replaceAll(' ', '')).to.equal(
        name.replaceAll(/[\s\p{Cc}\u2028]/gu, ''),
      )
    })

    it(`begins no header of a mail: ${shown}`, async () => {
      const sent = body(mail, { to: 'ada@example.com', subject: `For ${name}`, text: name })
      expect(sent['subject']).to.not.match(breaks)
      const ghl = new Conformance(gohighlevel, { locationId: 'l-1' })
      const also = body(ghl, { channel: 'email', subject: `For ${name}`, html: 'x' })
      expect(also['subject']).to.not.match(breaks)
      const made = await composeMail(
        JSON.stringify({
          message_key: '11111111-1111-5111-8111-111111111111',
          from: 'sales@acme.example',
          to: 'ada@example.com',
          to_name: name,
          from_name: name,
          subject: `For ${name}`,
          text: name,
        }),
      )
      const [head = ''] = made.raw.toString('utf8').split('\r\n\r\n', 1)
      const fields = head.replaceAll(/\r\n[ \t]+/g, ' ').split('\r\n')
      expect(fields.map((field) => field.split(':', 1)[0]?.toLowerCase()).toSorted()).to.deep.equal([
        'content-transfer-encoding',
        'content-type',
        'date',
        'from',
        'message-id',
        'mime-version',
        'subject',
        'to',
      ])
      expect(made.to).to.equal('ada@example.com')
    })

    it(`begins no line of the log, and steers no terminal: ${shown}`, () => {
      const lines: string[] = []
      const sink = new Writable({
        write: (chunk: Buffer, _encoding, done) => {
          lines.push(chunk.toString())
          done()
        },
      })
      createLogger('info', sink).info({ lead: name }, `A message for ${name}`)
      expect(lines).to.have.length(1)
      // eslint-disable-next-line no-control-regex -- what must not be there
      expect(lines[0]?.trimEnd()).to.not.match(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/)
      expect(JSON.parse(lines[0] ?? '')).to.include({ lead: name })
      // eslint-disable-next-line no-control-regex -- what must not be there
      expect(plainLine(name)).to.not.match(/[\u0000-\u001f\u007f-\u009f]/)
    })
  }

  it('mentions nobody and links nowhere in Slack and Teams', () => {
    const name = '<!channel> <@U123> <https://evil.example|your bank> & *b* [x](https://evil.example)'
    const chat = new Conformance(slack, { channel: 'C0123456789' })
    const form = new URLSearchParams(chat.rendered('message.send', { text: `New: ${name}` }).body as string)
    expect(form.get('text')).to.equal(
      'New: &lt;!channel&gt; &lt;@U123&gt; &lt;https://evil.example|your bank&gt; &amp; *b* [x](https://evil.example)',
    )
    const posted = new Conformance(teamsWorkflow, {
      url: 'https://x.example/invoke',
      apiVersion: '1',
      permission: 'x',
    })
    const text = JSON.stringify(posted.rendered('message.send', { text: name }).body)
    expect(text).to.contain(
      `{"type":"RichTextBlock","inlines":[{"type":"TextRun","text":${JSON.stringify(name)}}]}`,
    )
  })

  it('is not sent to WhatsApp where it is empty: the vendor would refuse it', () => {
    for (const params of [{ name: '' }, { name: ' \n' }, { name: null }, { 1: 'Ada', 2: null }, ['', 'x']])
      expect(() => body(wa, { to: '+14155550123', template_id: 'hello', language: 'en', params }))
        .to.throw()
        .that.has.property('detail')
        .that.matches(/The parameter ('name'|1|2) is empty/)
  })

  it('is not made up by a vendor that fills gaps with samples: one that is not known is refused', () => {
    const sms = new Conformance(twilio, { accountSid: `AC${'0a'.repeat(16)}`, from: '+14155550100' })
    const asked = { to: '+14155550123', template_id: `HX${'2c'.repeat(16)}` }
    const mailed = { to: 'ada@example.com', template_id: 'welcome' }
    for (const [connector, input] of [
      [sms, asked],
      [mail, mailed],
    ] as const) {
      expect(() => body(connector, { ...input, params: { 1: 'Ada', name: null } }))
        .to.throw()
        .that.has.property('detail')
        .that.contains("The parameter 'name' is empty")
      expect(() => body(connector, { ...input, params: { name: '' } })).to.not.throw()
    }
  })
})
