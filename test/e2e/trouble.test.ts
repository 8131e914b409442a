import { expect } from 'chai'
import type { RunningDaemon } from '../../src/app/daemon/start-daemon.ts'
import { eventually } from '../support/eventually.ts'
import { wipeStreams } from '../support/nats.ts'
import {
  basicDocuments,
  hitOnCreation,
  leadCreated,
  postEvents,
  startSystem,
} from '../support/system/running-system.ts'
import type { RunningSystem } from '../support/system/running-system.ts'

const page = { limit: 200, cursor: null }

describe('an event in trouble', function () {
  this.timeout(90_000)
  let system: RunningSystem
  let daemon: RunningDaemon
  let token: string

  before(async () => {
    system = await startSystem({ unknownEvents: 'dead_letter' })
    await system.apply(
      `${basicDocuments(system.vendor.url)}${hitOnCreation}
  - id: ambiguous
    on: lead.called
    then: [ { call: sink.once, with: { lead: "{{ lead.id }}" } } ]
  - id: touchy
    on: lead.created
    when: event.name.startsWith("n") && int(event.name) > 0
    then: [ { set: { lead.temperature: hot } } ]
`,
    )
    token = await system.token('ingest')
    daemon = await system.daemon()
  })

  after(async () => {
    await system[Symbol.asyncDispose]()
  })

  const hits = (lead: string) =>
    system.vendor.calls.filter(({ body }) => (body as { lead?: string } | null)?.lead === lead)
  const letters = async () => (await system.operator.messages.deadLetters(system.tenant.id, {}, page)).items

  it('is tried again when the vendor fails, with the same key', async () => {
    system.vendor.failNext({ kind: 'status', status: 500 })
    await postEvents(daemon.url, token, leadCreated('retried'))
    await eventually(() => hits('retried').some(({ tookEffect }) => tookEffect))
    expect(new Set(hits('retried').map(({ idempotencyKey }) => idempotencyKey)).size).to.equal(1)
    expect(hits('retried')).to.have.length(2)
  })

  it('waits as long as a vendor asks for', async () => {
    system.vendor.failNext({ kind: 'status', status: 429, headers: { 'retry-after': '1' } })
    await postEvents(daemon.url, token, leadCreated('slowed'))
    await eventually(() => hits('slowed').some(({ tookEffect }) => tookEffect))
    const { items } = await system.operator.messages.commands(system.tenant.id, { integration: 'sink' }, page)
    await eventually(async () => {
      const command = (await system.operator.messages.commands(system.tenant.id, {}, page)).items.find(
        ({ command: { entityKey } }) => entityKey === 'default/lead/slowed',
      )
      return command?.state === 'succeeded' && command.attempts === 1
    })
    expect(items).not.to.have.length(0)
  })

  it('becomes a dead letter when the vendor will never take it, and works after a replay', async () => {
    system.vendor.failNext({ kind: 'status', status: 422, body: { message: 'no such lead' } })
    await postEvents(daemon.url, token, leadCreated('refused'))
    const letter = await eventually(
      async () => (await letters()).find(({ entityKey }) => entityKey === 'default/lead/refused') ?? false,
    )
    if (letter === false) throw new Error('no dead letter')
    expect(letter).to.include({ source: 'command', class: 'permanent', status: 'open' })
    const [result] = await system.operator.deadLetters.replay(
      system.tenant.id,
      [letter.id],
      { includeInDoubt: false },
      system.operator.actor,
      'mended',
    )
    expect(result?.state).to.equal('replayed')
    await eventually(() => hits('refused').some(({ tookEffect }) => tookEffect))
    expect(new Set(hits('refused').map(({ idempotencyKey }) => idempotencyKey)).size).to.equal(1)
  })

  it('is never called twice when nobody knows whether the first call took effect', async () => {
    system.vendor.failNext({ kind: 'reset' })
    await postEvents(daemon.url, token, { ...leadCreated('doubt', { outcome: 'yes' }), type: 'lead.called' })
    await eventually(async () =>
      (await letters()).some(
        ({ class: deadClass, entityKey }) => deadClass === 'in_doubt' && entityKey === 'default/lead/doubt',
      ),
    )
    expect(hits('doubt')).to.have.length(1)
  })

  it('loses one rule only when one rule fails', async () => {
    await postEvents(daemon.url, token, leadCreated('rule-fails', { name: 'nine' }))
    await eventually(() => hits('rule-fails').length === 1)
    const letter = await eventually(
      async () => (await letters()).find(({ source }) => source === 'rule') ?? false,
    )
    expect(letter).to.include({ source: 'rule', entityKey: 'default/lead/rule-fails' })
  })

  it('is put aside when nobody declared its type and the tenant wants that', async () => {
    await postEvents(daemon.url, token, { ...leadCreated('unknown-type', {}), type: 'lead.exploded' })
    await eventually(async () =>
      (await letters()).some(
        ({ entityKey, class: deadClass }) =>
          entityKey === 'default/lead/unknown-type' && deadClass === 'invalid',
      ),
    )
  })

  it('is put aside when its data does not fit its type, and the next event of the lead goes on', async () => {
    await postEvents(daemon.url, token, leadCreated('misfit', { name: 7 }))
    await postEvents(daemon.url, token, leadCreated('misfit', { name: 'Ada' }, 'misfit-2'))
    await eventually(() => hits('misfit').length === 1)
    expect(
      (await letters()).some(
        ({ entityKey, class: deadClass }) => entityKey === 'default/lead/misfit' && deadClass === 'invalid',
      ),
    ).to.be.true
  })

  it('survives the loss of the whole bus', async () => {
    const leads = Array.from({ length: 100 }, (_, index) => `wiped-${index}`)
    const posted = postEvents(
      daemon.url,
      token,
      leads.map((lead) => leadCreated(lead)),
    )
    await wipeStreams(system.natsUrl)
    expect((await posted).status).to.equal(202)
    await eventually(() => leads.every((lead) => hits(lead).length >= 1), 80_000)
    expect(
      leads.filter((lead) => hits(lead).filter(({ tookEffect }) => tookEffect).length !== 1),
    ).to.deep.equal([])
  })
})
