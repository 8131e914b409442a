import { expect } from 'chai'
import type { JsonObject, JsonValue } from '../../../../src/kernel/json.ts'
import { whatsappWebhooks } from '../../../../src/adapters/connectors/webhooks/vendors/whatsapp-webhooks.ts'
import { receiving, stored, url } from './receiving.ts'

const connection = { phoneNumberId: 'PN1', businessAccountId: 'WABA1' }

/** A delivery of WhatsApp with these messages, states and other members, in one change of one entry. */
function whatsapp(value: JsonObject, field = 'messages'): JsonObject {
  const metadata = { phone_number_id: 'PN1', display_phone_number: '15550001111' }
  return {
    object: 'whatsapp_business_account',
    entry: [
      { id: 'WABA1', changes: [{ field, value: { messaging_product: 'whatsapp', metadata, ...value } }] },
    ],
  }
}

const text = (id: string, from: string, body: string): JsonObject => ({
  id,
  from,
  type: 'text',
  timestamp: '1772712000',
  text: { body },
})

describe('webhooks of WhatsApp', () => {
  const { sendJson, receiver, context } = receiving(whatsappWebhooks, 'meta', connection, {
    verifyToken: 'tok',
  })

  it('become an event or a receipt for each message and state of a delivery, in one request', () => {
    const delivery = whatsapp({
      contacts: [
        { wa_id: '15551', profile: { name: 'Ada' } },
        { wa_id: '15552', profile: { name: 'Grace' } },
      ],
      messages: [text('m1', '15551', 'hi'), text('m2', '15552', 'ho')],
      statuses: [
        { id: 'w1', status: 'sent', timestamp: '1772712000', recipient_id: '15551' },
        { id: 'w1', status: 'delivered', timestamp: '1772712001', recipient_id: '15551' },
        {
          id: 'w2',
          status: 'failed',
          recipient_id: '1',
          errors: [{ code: 131047, title: 'Re-engagement message' }],
        },
      ],
    })
    const { events, letters, receipts } = stored(sendJson(delivery))
    expect(letters).to.deep.equal([])
    expect(
      events.map(({ type, externalId, subject }) => [type, externalId, `${subject.kind}/${subject.id}`]),
    ).to.deep.equal([
      ['message.received', 'm1', 'lead/+15551'],
      ['message.received', 'm2', 'lead/+15552'],
      ['message.delivered', 'w1:delivered', 'integration/it'],
      ['message.failed', 'w2:failed', 'integration/it'],
    ])
    expect(events[1]?.data).to.include({ name: 'Grace', text: 'ho', to: '+15550001111', channel: 'whatsapp' })
    expect(events[1]?.time).to.equal('2026-03-05T12:00:00.000Z')
    expect(events[3]?.data).to.include({ code: '131047', reason: 'Re-engagement message', message_id: 'w2' })
    expect(receipts).to.deep.equal([
      { at: 2, messageId: 'w1' },
      { at: 3, messageId: 'w2' },
    ])
  })

  it('that are for another number, beside some for ours, are put aside one by one', () => {
    const mine = whatsapp({ messages: [text('m1', '15551', 'hi')] })
    const other = { metadata: { phone_number_id: 'PN2' }, messages: [text('m2', '15552', 'private')] }
    const delivery = {
      ...mine,
      entry: [
        ...(mine['entry'] as JsonValue[]),
        { id: 'W2', changes: [{ field: 'messages', value: other }] },
      ],
    }
    const { events, letters } = stored(sendJson(delivery))
    expect(events.map(({ externalId }) => externalId)).to.deep.equal(['m1'])
    expect(letters.map(({ code }) => code)).to.deep.equal(['NX-HOOK-ACCOUNT'])
  })

  it('leave in a dead letter the one payload that it is about, which alone becomes what it would have been', () => {
    const odd = { ...text('m2', '15552', 'ho'), from: 7 }
    const delivery = whatsapp({
      messages: [text('m1', '15551', 'hi'), odd],
      statuses: [{ id: 'w1', status: 'delivered' }],
    })
    const { events, letters } = stored(sendJson(delivery))
    expect(events).to.have.length(2)
    const kept = (letters[0]?.payload as JsonObject)['body'] as JsonObject
    expect(JSON.stringify(kept)).to.contain('m2').and.not.contain('m1').and.not.contain('w1')
    const repaired = JSON.parse(JSON.stringify(kept).replace('"from":7', '"from":"15552"')) as JsonObject
    const again = receiver.translateStored({ payload: repaired }, context)
    const direct = stored(sendJson(whatsapp({ messages: [text('m2', '15552', 'ho')] })))
    expect(again?.request.events.map(({ digest }) => digest)).to.deep.equal(
      direct.incoming.map(({ digest }) => digest),
    )
  })

  it('of which a branch is missing, or that hold nothing, are dead letters, not silence', () => {
    const mine = whatsapp({ messages: [text('m1', '15551', 'hi')] })
    const half = { ...mine, entry: [...(mine['entry'] as JsonValue[]), { id: 'WABA1', alteration: [] }] }
    const mixed = stored(sendJson(half))
    expect(mixed.events).to.have.length(1)
    expect(mixed.letters.map(({ code }) => code)).to.deep.equal(['NX-HOOK-SHAPE'])
    for (const nothing of [{ object: 'x' }, { entry: [] }, { entry: {} }, []])
      expect(stored(sendJson(nothing)).letters.map(({ code }) => code)).to.deep.equal(['NX-HOOK-SHAPE'])
  })

  it('of the account are events of the integration', () => {
    const value = { event: 'APPROVED', message_template_name: 'hello', message_template_language: 'en' }
    const delivery = {
      entry: [{ id: 'WABA1', changes: [{ field: 'message_template_status_update', value }] }],
    }
    const [event] = stored(sendJson(delivery)).events
    expect(event).to.include({ type: 'template.status_changed' })
    expect(event?.data).to.include({ name: 'hello', status: 'APPROVED' })
  })

  it('are asked about with a token first: the right one gets the challenge, escaped', () => {
    const ask = (query: string, method = 'GET') =>
      receiver.greet({ method, url: `${url}?${query}`, headers: {}, body: Buffer.alloc(0) })
    const right = 'hub.mode=subscribe&hub.verify_token=tok&hub.challenge='
    expect(ask(`${right}1158201444`)).to.deep.equal({ state: 'greeting', text: '1158201444' })
    expect(ask(`${right}%3Cscript%3E%22%26`)).to.deep.equal({
      state: 'greeting',
      text: '&lt;script&gt;&quot;&amp;',
    })
    expect(ask(`${right.replace('tok', 'tik')}1`)).to.include({ state: 'refused', why: 'mismatch' })
    expect(ask(right.replace('tok', 'tik'))).to.include({ state: 'refused' })
    expect(ask('hub.mode=subscribe&hub.challenge=1')).to.include({ state: 'refused', why: 'mismatch' })
    expect(ask('hub.mode=other&hub.verify_token=tok&hub.challenge=1')).to.equal(null)
    expect(ask(`${right}1`, 'POST')).to.equal(null)
    expect(ask(`${right}a%0d%0ab`)).to.include({ state: 'refused' })
    const without = receiving(whatsappWebhooks, 'meta', connection).receiver
    expect(
      without.greet({ method: 'GET', url: `${url}?${right}1`, headers: {}, body: Buffer.alloc(0) }),
    ).to.include({ state: 'refused', why: 'no_key' })
  })
})
