import { expect } from 'chai'
import type { JsonObject } from '../../../../src/kernel/json.ts'
import { resendWebhooks } from '../../../../src/adapters/connectors/webhooks/vendors/resend-webhooks.ts'
import { slackWebhooks } from '../../../../src/adapters/connectors/webhooks/vendors/slack-webhooks.ts'
import { teamsWebhooks } from '../../../../src/adapters/connectors/webhooks/vendors/teams-webhooks.ts'
import { twilioWebhooks } from '../../../../src/adapters/connectors/webhooks/vendors/twilio-webhooks.ts'
import { now, receiving, stored, url } from './receiving.ts'
import { secret } from './sign-as.ts'

describe('webhooks of Twilio', () => {
  const { send, receiver } = receiving(twilioWebhooks, 'twilio', { accountSid: 'AC1' })
  const form = (fields: Record<string, string>): string =>
    new URLSearchParams({ AccountSid: 'AC1', ...fields }).toString()
  const type = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }

  it('become messages, calls and receipts; steps on the way are taken and forgotten', () => {
    const message = {
      MessageSid: 'SM1',
      SmsStatus: 'received',
      From: '+14155550100',
      To: '+1',
      Body: 'a+b & c',
      NumMedia: '0',
    }
    const [received] = stored(send(form(message), type)).events
    expect(received).to.deep.include({
      type: 'message.received',
      externalId: 'SM1:received',
      subject: { kind: 'lead', id: '+14155550100' },
    })
    expect(received?.data).to.deep.include({ text: 'a+b & c', extra: { NumMedia: '0' } })
    const failed = stored(
      send(
        form({
          MessageSid: 'SM2',
          MessageStatus: 'undelivered',
          SmsStatus: 'undelivered',
          ErrorCode: '30003',
          To: '+1',
        }),
        type,
      ),
    )
    expect(failed.events[0]?.data).to.include({ code: '30003', message_id: 'SM2' })
    expect(failed.receipts).to.deep.equal([{ at: 0, messageId: 'SM2' }])
    const calling = {
      CallSid: 'CA1',
      CallStatus: 'ringing',
      Direction: 'inbound',
      From: '+14155550100',
      To: '+1',
    }
    expect(stored(send(form(calling), type)).events[0]).to.deep.include({
      type: 'call.received',
      subject: { kind: 'lead', id: '+14155550100' },
    })
    const ended = {
      CallSid: 'CA2',
      CallStatus: 'no-answer',
      Direction: 'outbound-api',
      From: '+1',
      To: '+44',
      CallDuration: '0',
    }
    const [missed] = stored(send(form(ended), type)).events
    expect(missed).to.deep.include({ type: 'call.missed', subject: { kind: 'lead', id: '+44' } })
    expect(missed?.data).to.include({ duration_s: 0 }).and.not.have.property('recognised')
    const queued = stored(send(form({ MessageSid: 'SM3', MessageStatus: 'queued' }), type))
    expect([queued.events, queued.letters]).to.deep.equal([[], []])
    expect(receiver.answer?.body).to.contain('<Response></Response>')
  })

  it('of another account are put aside', () => {
    const body = new URLSearchParams({
      AccountSid: 'AC2',
      MessageSid: 'S',
      SmsStatus: 'received',
      From: '+1',
    }).toString()
    expect(stored(send(body, type)).letters[0]?.code).to.equal('NX-HOOK-ACCOUNT')
  })
})

describe('webhooks of Slack', () => {
  const { send, sendJson } = receiving(slackWebhooks, 'slack', { teamId: 'T1' })
  const event = (inner: JsonObject): JsonObject => ({
    type: 'event_callback',
    team_id: 'T1',
    event_id: 'Ev1',
    event_time: 1_772_712_000,
    event: inner,
  })
  const form = { 'content-type': 'application/x-www-form-urlencoded' }

  it('ask for a challenge, which is answered only when it is signed', () => {
    const ask = { type: 'url_verification', challenge: '3eZb<b>' }
    expect(sendJson(ask)).to.deep.equal({ state: 'greeting', text: '3eZb&lt;b&gt;' })
    expect(send(JSON.stringify(ask), { 'x-slack-signature': 'v0=00' })).to.include({ state: 'refused' })
  })

  it('become messages; what a bot said, and what was edited, is never taken for one that came in', () => {
    const said = { type: 'message', channel: 'C1', user: 'U1', ts: '1.2', text: 'price?' }
    const types = [said, { ...said, bot_id: 'B1' }, { ...said, subtype: 'message_changed' }].map(
      (inner) => stored(sendJson(event(inner))).events[0],
    )
    expect(types.map((made) => made?.type)).to.deep.equal([
      'message.received',
      'message.posted',
      'message.changed',
    ])
    expect(types[0]).to.deep.include({ externalId: 'Ev1', subject: { kind: 'integration', id: 'it' } })
    expect(JSON.stringify(types)).to.not.contain('recognised')
  })

  it('become messages too with a file, to the whole channel, and as /me; no other subtype does', () => {
    const inner = { type: 'message', channel: 'C1', user: 'U1', ts: '1.2', text: 'see' }
    const typeOf = (more: JsonObject) => stored(sendJson(event({ ...inner, ...more }))).events[0]?.type
    for (const subtype of ['file_share', 'thread_broadcast', 'me_message']) {
      expect(typeOf({ subtype }), subtype).to.equal('message.received')
      expect(typeOf({ subtype, bot_id: 'B1' }), `${subtype} of a bot`).to.equal('message.posted')
    }
    for (const subtype of ['message_changed', 'message_deleted', 'channel_join', 'not known yet'])
      expect(typeOf({ subtype }), subtype).to.equal('message.changed')
  })

  it('bring interactions and slash commands as forms', () => {
    const payload = {
      type: 'block_actions',
      team: { id: 'T1' },
      user: { id: 'U1' },
      actions: [{ action_id: 'yes' }],
      trigger_id: 't',
    }
    const [clicked] = stored(send(`payload=${encodeURIComponent(JSON.stringify(payload))}`, form)).events
    expect(clicked?.type).to.equal('interaction.received')
    expect(clicked?.data['actions']).to.deep.equal([{ action_id: 'yes' }])
    const command = new URLSearchParams({
      team_id: 'T1',
      command: '/lead',
      text: 'a b',
      response_url: 'https://x',
      trigger_id: 't2',
    })
    expect(stored(send(command.toString(), form)).events[0]?.data).to.include({
      command: '/lead',
      text: 'a b',
    })
    expect(send('payload=%7B', form)).to.include({ state: 'malformed' })
  })

  it('of another workspace are put aside', () => {
    const other = { ...event({ type: 'message', channel: 'C', ts: '1' }), team_id: 'T2' }
    expect(stored(sendJson(other)).letters[0]?.code).to.equal('NX-HOOK-ACCOUNT')
  })
})

describe('webhooks of Teams', () => {
  const { sendJson, receiver } = receiving(teamsWebhooks, 'graph-client-state', { tenantId: 'T1' })
  const change = (more: JsonObject = {}): JsonObject => ({
    clientState: secret,
    tenantId: 'T1',
    changeType: 'created',
    resource: 'chats/1/messages/2',
    resourceData: { id: '2' },
    ...more,
  })

  it('are proven by the state in every item, which is kept nowhere', () => {
    const made = stored(sendJson({ value: [change(), change({ changeType: 'spoiled' })] }))
    expect(made.events.map(({ type }) => type)).to.deep.equal(['chat_message.created'])
    expect(made.letters.map(({ code }) => code)).to.deep.equal(['NX-HOOK-UNKNOWN-TYPE'])
    expect(JSON.stringify(made)).to.not.contain(secret)
    expect(stored(sendJson({ value: [change({ changeType: 'x\u0000' })] })).letters[0]).to.satisfy(
      (letter: { payload: JsonObject }) =>
        !Buffer.from(String(letter.payload['jsonBase64']), 'base64').toString().includes(secret),
    )
    expect(sendJson({ value: [change(), change({ clientState: 'no' })] })).to.include({ state: 'refused' })
    expect(receiver.isUnsigned).to.equal(true)
  })

  it('are for the directory that the connection names, in capitals or not, and for no other', () => {
    const own = '0F0E0D0C-0B0A-4000-8000-0000000000AB'
    const written = receiving(teamsWebhooks, 'graph-client-state', { tenantId: own })
    const of = (tenantId: string) => stored(written.sendJson({ value: [change({ tenantId })] }))
    expect(of(own.toLowerCase()).events.map(({ type }) => type)).to.deep.equal(['chat_message.created'])
    expect(of(own).events).to.have.length(1)
    expect(of(own.replace('AB', 'AC')).letters[0]?.code).to.equal('NX-HOOK-ACCOUNT')
  })

  it('ask for a token before anything is signed, and get it as text', () => {
    const asked = {
      method: 'POST',
      headers: {},
      body: Buffer.alloc(0),
      url: `${url}?validationToken=Validation%3A+a%3Cb`,
    }
    expect(receiver.greet(asked)).to.deep.equal({ state: 'greeting', text: 'Validation: a&lt;b' })
    expect(receiver.greet({ ...asked, url })).to.equal(null)
  })
})

describe('webhooks of Resend', () => {
  it('tell what became of e-mails, by the id that sending gave', () => {
    const { sendJson } = receiving(resendWebhooks, 'svix')
    const told = (type: string, data: JsonObject = {}): JsonObject => ({
      type,
      created_at: now.toISOString(),
      data: { email_id: 'e1', to: ['a@example.com'], ...data },
    })
    const bounced = stored(
      sendJson(told('email.bounced', { bounce: { type: 'Permanent', message: 'No such user' } })),
    )
    expect(bounced.events[0]).to.include({ type: 'message.failed' })
    expect(bounced.events[0]?.data).to.include({ code: 'Permanent', reason: 'No such user' })
    expect(stored(sendJson(told('email.opened'))).receipts).to.deep.equal([{ at: 0, messageId: 'e1' }])
    expect(stored(sendJson(told('email.sent'))).events).to.deep.equal([])
    expect(stored(sendJson(told('email.complained'))).events[0]?.type).to.equal('message.complained')
  })
})
