import { expect } from 'chai'
import fc from 'fast-check'
import type { JsonObject } from '../../../../src/kernel/json.ts'
import { compileSalesConfig } from '../../../../src/sales-core/compile/compile-sales-config.ts'
import { indexedFrom } from '../../../../src/sales-core/rules/index/candidate-finder.ts'
import { withRules } from '../../../../src/sales-core/rules/index/with-rules.ts'
import { EntityUnderTest } from '../../../support/sales/entity-under-test.ts'
import {
  anyIntegration,
  leadTypes,
  salesConfig,
  salesDocuments,
} from '../../../support/sales/sales-config.ts'

const atoms = [
  'lead.country == "AE"',
  'lead.country in ["AE", "US"]',
  'event.budget >= 100',
  'lead.budget < 100',
  '!(lead.budget >= 5)',
  'lead.consent.sms',
  'lead.country == null',
  '"hot" in lead.tags',
  'lead.tags.exists(t, t == "new")',
  'event.source != "ads"',
  'event.source.contains("a")',
  // Fails for a lead without a name.
  'int(lead.name) > 3',
] as const

const when = fc
  .array(fc.tuple(fc.constantFrom(...atoms), fc.constantFrom('&&', '||')), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.map(([atom, op], at) => (at === 0 ? atom : `${op} ${atom}`)).join(' '))

const rule = fc.record({ when: fc.option(when), rank: fc.constantFrom(100, 500, 900), final: fc.boolean() })
const ruleSet = fc.record({
  isFirst: fc.boolean(),
  rules: fc.array(rule, { minLength: indexedFrom, maxLength: 24 }),
})

const created: fc.Arbitrary<JsonObject> = fc.record(
  {
    name: fc.constantFrom('7', 'Ada', ''),
    country: fc.constantFrom('AE', 'US', 'DE', null),
    budget: fc.constantFrom(0, 5, 99.5, 100, 1000, null),
    source: fc.constantFrom('ads', 'import', ''),
    tags: fc.constantFrom(['hot'], ['new', 'hot'], []),
    consent: fc.constantFrom({ sms: true }, { sms: false }, {}),
  },
  { requiredKeys: [] },
)

function yamlOf(
  sets: ReadonlyArray<{
    isFirst: boolean
    rules: ReadonlyArray<{ when: string | null; rank: number; final: boolean }>
  }>,
): string {
  return sets
    .map(({ isFirst, rules }, at) => {
      const lines = rules.map(({ when: text, rank, final }, id) => {
        const condition = text === null ? '' : `, when: ${JSON.stringify(text)}`
        return `  - { id: r${id}, on: lead.created, rank: ${rank}, final: ${final}${condition}, then: [ { add_tag: t${at}-${id} } ] }`
      })
      return `kind: RuleSet\nname: set${at}\nmatch: ${isFirst ? 'first' : 'all'}\nrules:\n${lines.join('\n')}`
    })
    .join('\n---\n')
}

describe('deciding with an index over the rules', function () {
  this.timeout(120_000)

  it('is deciding by evaluating every rule: ranks, final rules, `match: first` and failures included', () => {
    let fired = 0
    fc.assert(
      fc.property(
        fc.array(ruleSet, { minLength: 1, maxLength: 2 }),
        fc.array(created, { minLength: 1, maxLength: 4 }),
        (sets, events) => {
          // Not checked: rules that never fire behind a final one are no reason to decide otherwise.
          const documents = salesDocuments(leadTypes + yamlOf(sets))
          const config = compileSalesConfig(documents, 'd', anyIntegration, 'acme')
          const indexed = new EntityUnderTest(config)
          const linear = new EntityUnderTest(withRules(config, config.rulesFor))
          for (const data of events) {
            const decision = indexed.happen('lead.created', data)
            expect(decision).to.deep.equal(linear.happen('lead.created', data))
            fired += decision.trace.rules.length
          }
        },
      ),
      { numRuns: 60 },
    )
    expect(fired).to.be.greaterThan(0)
  })
  it('does not evaluate what cannot hold', () => {
    const lines = Array.from(
      { length: indexedFrom },
      (_, id) =>
        `  - { id: r${id}, on: lead.created, when: lead.country == "C${id}", then: [ { add_tag: x } ] }`,
    )
    const config = salesConfig(`kind: RuleSet\nname: set\nrules:\n${lines.join('\n')}`)
    const candidates = config.candidatesFor('lead.created', { lead: { country: 'C3' }, event: {} })
    expect(candidates.rules.map(({ id }) => id)).to.deep.equal(['r3'])
  })
})
