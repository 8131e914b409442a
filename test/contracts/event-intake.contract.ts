import { expect } from 'chai'
import type { DeadLetter } from '../../src/messaging/dead-letters/dead-letter.ts'
import { intakeEventsMax } from '../../src/messaging/intake/event-intake.ts'
import type { EventIntakeStore, IntakeResult } from '../../src/messaging/intake/event-intake.ts'
import { incoming, request } from '../support/stores/intake.ts'

/** What the suite needs to look at what a store did. */
export interface IntakeHarness {
  readonly store: EventIntakeStore
  newTenant(): Promise<string>
  /** entity_seq by external id, of one entity (`lead/<id>`). */
  sequence(tenantId: string, leadId: string): Promise<readonly { externalId: string; entitySeq: number }[]>
  deadLetters(tenantId: string): Promise<readonly DeadLetter[]>
  /** Makes all keys of the tenant expire. */
  expireKeys(tenantId: string): Promise<void>
}

/** What every EventIntakeStore does. */
export function describeEventIntakeStore(name: string, harness: () => IntakeHarness): void {
  describe(`EventIntakeStore: ${name}`, () => {
    const ids = (result: IntakeResult | undefined) =>
      result?.state === 'accepted' ? result.events.map((event) => event.id) : expect.fail('not accepted')

    it('gives the events of an entity the numbers 1 to n in the order of the batch', async () => {
      const { store, newTenant, sequence } = harness()
      const tenantId = await newTenant()
      const events = ['a', 'b', 'c', 'd'].map((externalId) => incoming({ tenantId, externalId }))
      await store.acceptAll([request(tenantId, ...events.slice(0, 2)), request(tenantId, events[2]!)])
      await store.acceptAll([request(tenantId, events[3]!)])
      expect(await sequence(tenantId, '42')).to.deep.equal([
        { externalId: 'a', entitySeq: 1 },
        { externalId: 'b', entitySeq: 2 },
        { externalId: 'c', entitySeq: 3 },
        { externalId: 'd', entitySeq: 4 },
      ])
    })

    it('answers a repeat with the id of the first, in later batches and in the same one', async () => {
      const { store, newTenant, sequence } = harness()
      const tenantId = await newTenant()
      const first = incoming({ tenantId })
      const results = await store.acceptAll([
        request(tenantId, first),
        request(tenantId, incoming({ tenantId })),
      ])
      const [later] = await store.acceptAll([request(tenantId, incoming({ tenantId }))])
      for (const result of [...results, later]) expect(ids(result)).to.deep.equal([first.event.id])
      expect(results[1]).to.deep.include({ events: [{ id: first.event.id, duplicate: true }] })
      expect(await sequence(tenantId, '42')).to.have.length(1)
    })

    it('refuses only the request whose key is known with another body', async () => {
      const { store, newTenant, sequence } = harness()
      const tenantId = await newTenant()
      const first = incoming({ tenantId })
      await store.acceptAll([request(tenantId, first)])
      const other = incoming({ tenantId, data: { name: 'Bob' } })
      const results = await store.acceptAll([
        request(tenantId, incoming({ tenantId, externalId: 'x' })),
        request(tenantId, incoming({ tenantId, externalId: 'y' }), other),
        request(tenantId, incoming({ tenantId, externalId: 'z' })),
      ])
      expect(results.map((result) => result.state)).to.deep.equal(['accepted', 'conflict', 'accepted'])
      expect(results[1]).to.deep.include({
        conflicts: [
          {
            source: 'crm',
            externalId: 'e1',
            firstId: first.event.id,
            firstDigest: first.digest,
            digest: other.digest,
          },
        ],
      })
      const kept = (await sequence(tenantId, '42')).map((row) => row.externalId)
      expect(kept).to.deep.equal(['e1', 'x', 'z'])
    })

    it('refuses the later of two requests of a batch that use one key for two bodies', async () => {
      const { store, newTenant } = harness()
      const tenantId = await newTenant()
      const first = incoming({ tenantId })
      const results = await store.acceptAll([
        request(tenantId, first),
        request(tenantId, incoming({ tenantId, data: { name: 'Bob' } })),
      ])
      expect(ids(results[0])).to.deep.equal([first.event.id])
      expect(results[1]).to.have.property('state', 'conflict')
    })

    it('takes a repeat of the first body although a batch mate claims the key for another', async () => {
      const { store, newTenant } = harness()
      const tenantId = await newTenant()
      const first = incoming({ tenantId })
      await store.acceptAll([request(tenantId, first)])
      const results = await store.acceptAll([
        request(tenantId, incoming({ tenantId, data: { name: 'Bob' } })),
        request(tenantId, incoming({ tenantId })),
      ])
      expect(results[0]).to.have.property('state', 'conflict')
      expect(ids(results[1])).to.deep.equal([first.event.id])
    })

    it('puts a reused key of a webhook among the dead letters and accepts the request', async () => {
      const { store, newTenant, deadLetters, sequence } = harness()
      const tenantId = await newTenant()
      const first = incoming({ tenantId })
      const again = incoming({ tenantId, data: { name: 'Bob' } }, { onConflict: 'dead_letter' })
      const results = await store.acceptAll([request(tenantId, first), request(tenantId, again)])
      expect(ids(results[1])).to.deep.equal([first.event.id])
      const [letter, ...others] = await deadLetters(tenantId)
      expect(letter).to.include({
        code: 'NX-EVENT-KEY-REUSED',
        class: 'invalid',
        eventId: first.event.id,
        status: 'open',
      })
      expect(JSON.stringify(letter?.payload)).to.contain('Bob')
      expect(others).to.deep.equal([])
      expect(await sequence(tenantId, '42')).to.have.length(1)
    })

    it('forgets a key after its horizon', async () => {
      const { store, newTenant, expireKeys, sequence } = harness()
      const tenantId = await newTenant()
      await store.acceptAll([request(tenantId, incoming({ tenantId }))])
      await expireKeys(tenantId)
      const again = incoming({ tenantId, data: { name: 'Bob' } })
      const [result] = await store.acceptAll([request(tenantId, again)])
      expect(ids(result)).to.deep.equal([again.event.id])
      expect(await sequence(tenantId, '42')).to.have.length(2)
    })

    it('keeps the keys of tenants apart', async () => {
      const { store, newTenant } = harness()
      const [a, b] = [await newTenant(), await newTenant()]
      const events = [incoming({ tenantId: a }), incoming({ tenantId: b, data: { name: 'Bob' } })]
      const results = await store.acceptAll([request(a, events[0]!), request(b, events[1]!)])
      expect(results.flatMap(ids)).to.deep.equal(events.map((event) => event.event.id))
    })

    it('stores characters that the database cannot hold as replacement characters', async () => {
      const { store, newTenant, sequence } = harness()
      const tenantId = await newTenant()
      const data = { 'a\u0000': ['x\u0000y', '\ud800'] }
      await store.acceptAll([request(tenantId, incoming({ tenantId, data }))])
      expect(await sequence(tenantId, '42')).to.have.length(1)
    })

    it('refuses a batch above its limit', async () => {
      const { store, newTenant } = harness()
      const tenantId = await newTenant()
      const events = Array.from({ length: intakeEventsMax + 1 }, (_, i) =>
        incoming({ tenantId, externalId: `${i}` }),
      )
      const error = await store.acceptAll([request(tenantId, ...events)]).catch((thrown: unknown) => thrown)
      expect(error).to.have.property('code', 'NX-INTAKE-BATCH')
    })

    it('numbers without a gap or a repeat when many batches meet on the same entities', async () => {
      const { store, newTenant, sequence } = harness()
      const tenantId = await newTenant()
      const leads = ['1', '2', '3']
      // Every event is sent by two batches, each in an order of its own.
      const batches = Array.from({ length: 24 }, (_, batch) =>
        leads.map((_lead, at) => {
          const id = leads[(at + batch) % leads.length]!
          const externalId = `${Math.floor(batch / 2)}-${id}`
          return request(tenantId, incoming({ tenantId, externalId, subject: { kind: 'lead', id } }))
        }),
      )
      const results = (await Promise.all(batches.map(async (batch) => store.acceptAll(batch)))).flat()
      const accepted = results.flatMap((result) => (result.state === 'accepted' ? result.events : []))
      expect(accepted.filter((event) => !event.duplicate)).to.have.length(36)
      for (const lead of leads) {
        const seqs = (await sequence(tenantId, lead)).map((row) => row.entitySeq)
        expect(seqs).to.deep.equal(Array.from({ length: 12 }, (_, index) => index + 1))
      }
    })
  })
}
