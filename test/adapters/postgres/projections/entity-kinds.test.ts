import { readFile } from 'node:fs/promises'
import { expect } from 'chai'
import type { JsonObject } from '../../../../src/kernel/json.ts'
import { salesConfig } from '../../../support/sales/sales-config.ts'
import { ScoredLeads } from '../../../support/scores/scored-leads.ts'
import { noPace, testRunner, workOff } from '../../../support/stores/jobs.ts'
import { testActor } from '../../../support/stores/tenants.ts'

const examples = new URL('../../../../config-examples/global/entity-types-business.yaml', import.meta.url)

/** Per kind: an event of it, and what is known of it afterwards. */
const events: ReadonlyArray<readonly [kind: string, type: string, data: JsonObject, known: JsonObject]> = [
  ['lead', 'lead.created', { name: 'Ada' }, { name: 'Ada' }],
  ['contact', 'contact.changed', { name: 'Ada', company: 'c1' }, { name: 'Ada', company: 'c1' }],
  ['company', 'company.changed', { domain: 'a.example', employees: 5 }, { employees: 5 }],
  ['deal', 'deal.changed', { value: 12, stage: 'won' }, { value: 12, stage: 'won' }],
  ['conversation', 'conversation.changed', { unread: 3, status: 'open' }, { unread: 3 }],
  ['appointment', 'appointment.changed', { status: 'held' }, { status: 'held' }],
  ['task', 'task.created', { title: 'Call' }, { title: 'Call', status: 'open' }],
  ['rep', 'rep.availability', { available: false }, { available: false }],
  ['boat', 'boat.sold', { length: 12 }, { length: 12, size: 10 }],
]

const own = `kind: EntityType
name: boat
fields: { length: number?, size: number, tags: list<string> }
---
kind: EventType
name: boat.sold
folds: boat
fields: { length: number? }
---
kind: LeadScore
name: size
writes: boat.size
factors: [ { id: long, when: boat.length > 10, points: 10 } ]
---
`

describe('kinds of entities', () => {
  let entities: ScoredLeads
  before(async () => {
    const yaml = await readFile(examples, 'utf8')
    const seen = events
      .filter(([kind]) => kind !== 'rep' && kind !== 'task')
      .map(([kind, type]) => `  - { id: ${kind}, on: ${type}, then: [ { add_tag: seen } ] }`)
    const rules = `kind: RuleSet\nname: all\nrules:\n${seen.join('\n')}\n`
    entities = await ScoredLeads.open(salesConfig(`${own}${yaml}\n---\n${rules}`))
  })
  after(async () => entities.close())

  for (const [kind, type, data, known] of events)
    it(`${kind}: an event is folded, rules see it, and its history is its state`, async () => {
      await entities.happen(type, '1', data, kind)
      const entity = await entities.entity({ kind, id: '1' })
      expect(entity?.fields).to.include(known)
      if (kind !== 'task' && kind !== 'rep') expect(entity?.fields['tags']).to.deep.equal(['seen'])
      const { stateJobs } = entities.database.stores
      const selection = { workspace: null, kind, refs: null, sample: null, max: 10, after: null }
      const job = await stateJobs.start(
        'entity.verify',
        entities.tenantId,
        selection,
        noPace,
        testActor,
        null,
      )
      const ended = await workOff(entities.database, testRunner(entities.database), job)
      expect(ended.counts).to.deep.equal({ total: 1, done: 1, skipped: 0, failed: 0 })
    })
})
