import { expect } from 'chai'
import fc from 'fast-check'
import type { Database } from '../../../src/adapters/postgres/database.ts'
import { newId } from '../../../src/kernel/ids.ts'
import type { JsonObject } from '../../../src/kernel/json.ts'
import { openTestDatabase } from '../../support/database.ts'
import { createTenant } from '../../support/stores/tenants.ts'
import { ReconcileHarness } from './reconcile-harness.ts'

type Action =
  | { readonly does: 'change'; readonly contact: number }
  /** One of the webhooks under way, by its place: they come in any order. */
  | { readonly does: 'poll' | 'die' }
  /** One of the webhooks under way, by its place: they come in any order. `race`: while a poll is made. */
  | { readonly does: 'deliver' | 'lose' | 'repeat' | 'race'; readonly which: number }

const deliveries = fc.constantFrom('deliver' as const, 'lose' as const, 'repeat' as const)
const index = fc.nat({ max: 1_000 })
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ does: fc.constant('change' as const), contact: fc.nat({ max: 1 }) }) },
  { weight: 4, arbitrary: fc.record({ does: deliveries, which: index }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constantFrom('poll' as const, 'die' as const) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('race' as const), which: index }) },
)

interface Change {
  readonly contact: string
  readonly version: number
  readonly webhook: JsonObject
}

/** What happened, so that what is in the log can be judged. */
class Story {
  readonly #harness: ReconcileHarness
  readonly #began = Date.now() - 120_000
  readonly #underWay: Change[] = []
  readonly #sent: Change[] = []
  readonly #versions = new Map<string, number>()
  /** Changes that a delivery told of, or that a poll could see. */
  readonly told = new Set<string>()
  changes = 0
  readonly #content: (version: number) => string

  /** `content`: what a contact is called at each of its versions. */
  constructor(harness: ReconcileHarness, content: (version: number) => string) {
    this.#harness = harness
    this.#content = content
  }

  async does(step: Action): Promise<void> {
    if (step.does === 'change') return this.#change(`c${step.contact}`)
    if (!('which' in step)) return await this.#poll(step.does === 'die')
    if (step.does === 'repeat') {
      const again = this.#sent[step.which % Math.max(1, this.#sent.length)]
      if (again !== undefined) await this.#harness.deliver(again.webhook)
      return
    }
    const [change] =
      this.#underWay.length === 0 ? [] : this.#underWay.splice(step.which % this.#underWay.length, 1)
    if (change === undefined || step.does === 'lose') return
    this.#sent.push(change)
    this.told.add(`${change.contact}:${change.version}`)
    if (step.does === 'race') await Promise.all([this.#harness.deliver(change.webhook), this.#poll(false)])
    else await this.#harness.deliver(change.webhook)
  }

  #change(id: string): void {
    const version = (this.#versions.get(id) ?? 0) + 1
    this.#versions.set(id, version)
    this.changes += 1
    const at = new Date(this.#began + this.changes * 3_000).toISOString()
    const before = this.#harness.contacts.get(id)
    const dateAdded = (before?.['dateAdded'] ?? at) as string
    const contact = {
      id,
      firstName: this.#content(version),
      lastName: 'Ada',
      email: 'Ada@Example.com',
      tags: ['b', 'a'],
    }
    this.#harness.contacts.set(id, { ...contact, dateAdded, dateUpdated: at, country: null })
    this.#underWay.push({
      contact: id,
      version,
      webhook: {
        ...contact,
        tags: ['a', 'b'],
        type: version === 1 ? 'ContactCreate' : 'ContactUpdate',
        locationId: 'loc-1',
        dateAdded,
        timestamp: at,
        webhookId: newId(),
      },
    })
  }

  async #poll(dies: boolean): Promise<void> {
    for (const [id, version] of this.#versions) this.told.add(`${id}:${version}`)
    await this.#harness.poll('contacts', dies)
  }
}

describe('webhooks and polls together', function () {
  this.timeout(280_000)
  let database: Database
  let close: () => Promise<void>

  before(async () => ({ database, close } = await openTestDatabase()))
  after(async () => await close())

  it('publish each change once: lost, repeated, out of order, at the same moment, and through deaths', async () => {
    const property = fc.asyncProperty(fc.array(action, { minLength: 3, maxLength: 25 }), async (steps) => {
      const harness = new ReconcileHarness(database, (await createTenant(database)).id)
      await harness.sync()
      const story = new Story(harness, (version) => `V${version}`)
      for (const step of steps) await story.does(step)
      await story.does({ does: 'poll' })
      const events = await harness.events()
      const counts = new Map<string, number>()
      for (const { type, data } of events) {
        const key = type === 'contact.created' ? `${String(data['contact_id'])} made` : nameOf(data)
        counts.set(key, (counts.get(key) ?? 0) + 1)
      }
      const twice = [...counts].filter(([, count]) => count > 1)
      expect(twice, JSON.stringify(events.map(({ type, data }) => [type, data]))).to.deep.equal([])
      const contents = new Set(events.map(({ data }) => nameOf(data)))
      const lost = [...story.told].filter((name) =>
        name.endsWith(':1') ? !counts.has(`${name.split(':')[0]} made`) : !contents.has(name),
      )
      expect(lost, JSON.stringify(events.map(({ type, data }) => [type, data]))).to.deep.equal([])
      for (const id of harness.contacts.keys()) expect(counts.get(`${id} made`)).to.equal(1)
    })
    await fc.assert(property, { numRuns: 100 })
  })

  it('come to what the vendor shows, though contacts change back and forth, and tell no more than happened', async () => {
    const property = fc.asyncProperty(fc.array(action, { minLength: 3, maxLength: 25 }), async (steps) => {
      const harness = new ReconcileHarness(database, (await createTenant(database)).id)
      await harness.sync()
      const story = new Story(harness, (version) => (version % 2 === 0 ? 'Even' : 'Odd'))
      for (const step of steps) await story.does(step)
      await story.does({ does: 'poll' })
      const events = await harness.events()
      expect(events.length).to.be.at.most(story.changes)
      for (const [id, shown] of harness.contacts) {
        const [last] = events
          .filter(({ data }) => data['contact_id'] === id)
          .toSorted((one, other) => Date.parse(other.time) - Date.parse(one.time))
        expect(last?.data['first_name']).to.equal(shown['firstName'])
      }
    })
    await fc.assert(property, { numRuns: 100 })
  })
})

function nameOf(data: JsonObject): string {
  return `${String(data['contact_id'])}:${String(data['first_name']).slice(1)}`
}
