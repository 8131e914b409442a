import { expect } from 'chai'
import * as fc from 'fast-check'
import type {
  EventIntakeStore,
  IntakeRequest,
  IntakeResult,
} from '../../src/messaging/intake/event-intake.ts'
import { incoming } from '../support/stores/intake.ts'

export interface RequestKeyHarness {
  readonly store: EventIntakeStore
  newTenant(): Promise<string>
  /** How many events of the tenant the log holds. */
  logged(tenantId: string): Promise<number>
  expireKeys(tenantId: string): Promise<void>
}

/** A request with a key whose body is told apart by `body`; its events are called after it. */
function keyed(tenantId: string, key: string, body: string, count = 1): IntakeRequest {
  const events = Array.from({ length: count }, (_, index) =>
    incoming({ tenantId, externalId: `${body}-${index}`, data: { body } }),
  )
  return {
    tenantId,
    key: { scope: 'POST /v1/events default', value: key, digest: `digest of ${body}`, horizonMs: 60_000 },
    events,
    deadLetters: [],
  }
}

/** What every EventIntakeStore does with the keys of requests. */
export function describeRequestKeys(name: string, harness: () => RequestKeyHarness): void {
  describe(`request keys: ${name}`, () => {
    const accept = async (...requests: readonly IntakeRequest[]) => await harness().store.acceptAll(requests)
    const eventsOf = (result: IntakeResult | undefined) =>
      result !== undefined && 'events' in result ? result.events : expect.fail('no events')

    it('answer the same request as it was answered first, and store nothing', async () => {
      const tenantId = await harness().newTenant()
      const [first] = await accept(keyed(tenantId, 'k', 'a', 3))
      const [again] = await accept(keyed(tenantId, 'k', 'a', 3))
      expect(first?.state).to.equal('accepted')
      expect(again).to.deep.equal({ state: 'replayed', events: eventsOf(first) })
      expect(await harness().logged(tenantId)).to.equal(3)
    })

    it('repeat the first answer word for word where events were known before', async () => {
      const tenantId = await harness().newTenant()
      const { key: _none, ...plain } = keyed(tenantId, 'k', 'a')
      await accept(plain)
      const [first] = await accept(keyed(tenantId, 'k', 'a', 2))
      expect(eventsOf(first).map(({ duplicate }) => duplicate)).to.deep.equal([true, false])
      const [again] = await accept(keyed(tenantId, 'k', 'a', 2))
      expect(eventsOf(again)).to.deep.equal(eventsOf(first))
    })

    it('refuse another body with both digests and the first ids', async () => {
      const tenantId = await harness().newTenant()
      const [first] = await accept(keyed(tenantId, 'k', 'a', 2))
      const [other] = await accept(keyed(tenantId, 'k', 'b'))
      expect(other).to.deep.equal({
        state: 'key_reused',
        reuse: {
          key: 'k',
          firstIds: eventsOf(first).map(({ id }) => id),
          firstDigest: 'digest of a',
          digest: 'digest of b',
        },
      })
      expect(await harness().logged(tenantId)).to.equal(2)
    })

    it('are settled inside a batch as across batches', async () => {
      const tenantId = await harness().newTenant()
      const [first, again, other, alone] = await accept(
        keyed(tenantId, 'k', 'a'),
        keyed(tenantId, 'k', 'a'),
        keyed(tenantId, 'k', 'b'),
        keyed(tenantId, 'l', 'c'),
      )
      expect([first, again, other, alone].map((result) => result?.state)).to.deep.equal([
        'accepted',
        'replayed',
        'key_reused',
        'accepted',
      ])
      expect(eventsOf(again)).to.deep.equal(eventsOf(first))
      expect(await harness().logged(tenantId)).to.equal(2)
    })

    it('are not taken by a request that is refused', async () => {
      const tenantId = await harness().newTenant()
      await accept({ tenantId, events: [incoming({ tenantId, externalId: 'b-0' })], deadLetters: [] })
      const [refused] = await accept(keyed(tenantId, 'k', 'b'))
      expect(refused?.state).to.equal('conflict')
      const [mended] = await accept(keyed(tenantId, 'k', 'a'))
      expect(mended?.state).to.equal('accepted')
    })

    it('are forgotten after their horizon, and kept apart by tenant', async () => {
      const tenantId = await harness().newTenant()
      const other = await harness().newTenant()
      await accept(keyed(tenantId, 'k', 'a'))
      const [elsewhere] = await accept(keyed(other, 'k', 'b'))
      expect(elsewhere?.state).to.equal('accepted')
      await harness().expireKeys(tenantId)
      const [later] = await accept(keyed(tenantId, 'k', 'b'))
      expect(later?.state).to.equal('accepted')
    })

    it('let one of many that come at the same moment through', async () => {
      const tenantId = await harness().newTenant()
      const results = (
        await Promise.all(Array.from({ length: 12 }, async () => await accept(keyed(tenantId, 'k', 'a', 2))))
      ).flat()
      expect(results.filter(({ state }) => state === 'accepted')).to.have.length(1)
      expect(results.filter(({ state }) => state === 'replayed')).to.have.length(11)
      expect(new Set(results.map((result) => JSON.stringify(eventsOf(result))))).to.have.length(1)
      expect(await harness().logged(tenantId)).to.equal(2)
    })

    it('behave like a map from key to first answer, whatever the order and the batches', async () => {
      const request = fc.tuple(fc.constantFrom('k', 'l', 'm'), fc.constantFrom('a', 'b', 'c'))
      const batches = fc.array(fc.array(request, { minLength: 1, maxLength: 5 }), {
        minLength: 1,
        maxLength: 6,
      })
      await fc.assert(
        fc.asyncProperty(batches, async (all) => {
          const tenantId = await harness().newTenant()
          const model = new Map<string, { body: string; answer: string }>()
          const stored = new Set<string>()
          for (const batch of all) {
            const results = await accept(...batch.map(([key, body]) => keyed(tenantId, key, body)))
            for (const [index, [key, body]] of batch.entries()) {
              const result = results[index]
              const known = model.get(key)
              const expected =
                known === undefined ? 'accepted' : known.body === body ? 'replayed' : 'key_reused'
              expect(result?.state).to.equal(expected)
              if (known === undefined) model.set(key, { body, answer: JSON.stringify(eventsOf(result)) })
              else if (known.body === body) expect(JSON.stringify(eventsOf(result))).to.equal(known.answer)
              if (expected === 'accepted') stored.add(body)
            }
          }
          expect(await harness().logged(tenantId)).to.equal(stored.size)
        }),
        { numRuns: 25 },
      )
    })
  })
}
