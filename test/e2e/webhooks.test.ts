import { expect } from 'chai'
import { createHmac } from 'node:crypto'
import { vaultOf } from '../../src/app/credentials/operator-vault.ts'
import type { RunningDaemon } from '../../src/app/daemon/start-daemon.ts'
import type { JsonObject } from '../../src/kernel/json.ts'
import { setSecret } from '../../src/platform/secrets/set-secret.ts'
import { eventually } from '../support/eventually.ts'
import { basicDocuments, leadCreated, postEvents, startSystem } from '../support/system/running-system.ts'
import type { RunningSystem } from '../support/system/running-system.ts'

const key = 'the key of 2026'

const messenger = (url: string): string => `
---
apiVersion: neuronx/v1
kind: Integration
name: messenger
connector: http
connection: { baseUrl: "${url}" }
operations:
  post:
    method: POST
    path: /messages
    effect: send
    body: { to: "{{ input.lead }}" }
    output: { message_id: "{{ answer.id }}" }
webhooks:
  scheme: xero
  key: { secret: messenger-hook }
  deliveryId: "{{ body.id }}:{{ body.type }}"
  events:
    - { when: reply, emit: message.received, lead: "{{ body.from }}", requires: [from], data: { text: "{{ body.text }}" } }
  receipts:
    - { when: delivered, state: delivered, messageId: "{{ body.id }}" }
---
apiVersion: neuronx/v1
kind: RuleSet
name: new-leads
rules:
  - id: greet
    on: lead.created
    then: [ { call: messenger.post, with: { lead: "{{ lead.id }}" } } ]
`

describe('webhooks of a document, in a running daemon', function () {
  this.timeout(60_000)
  let system: RunningSystem
  let daemon: RunningDaemon
  let token: string

  before(async () => {
    system = await startSystem()
    await system.apply(basicDocuments(system.vendor.url) + messenger(system.vendor.url))
    const { operator, settings } = system
    const vault = await vaultOf(operator, settings)
    await setSecret({ ...operator, vault }, operator.actor, {
      tenant: 'acme',
      name: 'messenger-hook',
      value: Buffer.from(key),
    })
    token = await system.token('ingest')
    daemon = await system.daemon()
  })

  after(async () => await system[Symbol.asyncDispose]())

  async function deliver(payload: JsonObject, secret = key): Promise<number> {
    const body = JSON.stringify(payload)
    const signature = createHmac('sha256', secret).update(body).digest('base64')
    const headers = { 'content-type': 'application/json', 'x-xero-signature': signature }
    return (await fetch(`${daemon.url}/v1/hooks/acme/messenger`, { method: 'POST', headers, body })).status
  }
  const eventsOf = async (type: string) =>
    (await system.operator.messages.events(system.tenant.id, { type }, { limit: 10, cursor: null })).items

  it('tie a receipt to the command that sent the message, and to whom it was for', async () => {
    const accepted = await postEvents(daemon.url, token, leadCreated('ada'))
    expect(accepted.status).to.equal(202)
    const result = await eventually(async () => {
      const [ended] = await eventsOf('command.succeeded')
      expect(ended).to.not.equal(undefined)
      return ended
    })
    const id = (result?.data['result'] as JsonObject)['message_id'] as string
    expect(await deliver({ type: 'delivered', id })).to.equal(202)
    const [told] = await eventsOf('message.delivered')
    expect(told).to.deep.include({
      subject: { kind: 'lead', id: 'ada' },
      correlationId: result?.correlationId,
    })
    expect(told?.data).to.deep.include({ commandId: result?.data['commandId'], message_id: id })
  })

  it('become events, or letters that say what differs and can be replayed; what is not proven becomes nothing', async () => {
    expect(await deliver({ type: 'reply', id: '1', from: 'ada', text: 'yes {{ lead.id }}' })).to.equal(202)
    expect(await deliver({ type: 'reply', id: '2', from: 'eve' }, 'another key')).to.equal(401)
    expect(await deliver({ type: 'reply', id: '3', sender: 'ada' })).to.equal(202)
    const replies = await eventsOf('message.received')
    expect(replies.map(({ data }) => data)).to.deep.equal([{ text: 'yes {{ lead.id }}' }])
    const page = { limit: 10, cursor: null }
    const letters = await system.operator.messages.deadLetters(system.tenant.id, {}, page)
    expect(letters.items.map(({ code }) => code)).to.deep.equal(['NX-HOOK-UNMAPPABLE'])
    const diff = (letters.items[0]?.payload as JsonObject)['diff'] as JsonObject
    expect(diff).to.deep.include({ missing: ['from'], unknown: ['sender'] })
  })
})
