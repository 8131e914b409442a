import { expect } from 'chai'
import fc from 'fast-check'
import { conditions } from '../../../../src/sales-core/conditions/conditions.ts'
import { mutateCondition } from '../../../../src/sales-core/conditions/mutate-condition.ts'
import { sample } from '../../../../src/sales-core/testing/mutation/sample.ts'
import type { FieldType } from '../../../../src/sales-core/types/field-type.ts'
import { parseFields } from '../../../../src/sales-core/types/parse-field-type.ts'
import { mutated } from './mutated.ts'

const rule = `kind: RuleSet
name: r
rules: [ { id: big, on: lead.created, when: lead.budget > 10, then: [ { add_tag: big } ] } ]
---
kind: Test
name: t
cases:
`
const at = (budget: number, expected: string): string =>
  `  - { name: b${budget}, steps: [ { event: { type: lead.created, budget: ${budget} } } ], expect: ${expected} }\n`

const kept = `kind: EventType
name: lead.checked
fields: { kind: string? }
---
kind: Schedule
name: review
every: 1h
for_each: { entity: lead }
emit: { type: lead.checked }
---
kind: Policy
name: seldom
applies: { channels: [sms] }
caps: { per: lead, max: 1, within: 2d }
on_block: skip
---
kind: Team
name: closers
members: [ { rep: sara }, { rep: omar } ]
---
kind: RuleSet
name: r
rules:
  - { id: count, on: lead.checked, throttle: { accumulate_within: 4h, count: 2 }, then: [ { add_tag: checked } ] }
  - { id: greet, on: lead.created, once: { within: 1d }, then: [ { send: { channel: sms, text: Hi } } ] }
  - { id: give, on: lead.created, then: [ { assign: { team: closers } }, { task: { title: Call, to: sara, due: 2h } } ] }
---
kind: Test
name: t
cases:
`
const quiet = '{ name: none, schedules: [], given: { lead: {} }, steps:'

describe('mutation', () => {
  it('finds that a suite which tests both sides of a border notices every change', async () => {
    const report = await mutated(
      `${rule}${at(10, '{ state: { tags: null } }')}${at(11, '{ state: { tags: [big] } }')}`,
    )
    expect(report.survivors).to.deep.equal([])
    expect(report).to.include({ killed: 5, total: 5, possible: 5, leftOut: 0 })
  })

  it('names what a suite beside the border does not notice, and where it stands', async () => {
    const report = await mutated(`${rule}${at(1, '{ not_fired: [big] }')}${at(99, '{ fired: [big] }')}`)
    expect(
      report.survivors.map(({ change, state, file, column }) => `${file}:${column} ${change} ${state}`),
    ).to.deep.equal([
      'RuleSet/r rules.0.then.0:1 without add_tag survived',
      'RuleSet/r rules.0.then.0.add_tag:1 "big" to "bigx" survived',
      'RuleSet/r rules.0.when:13 > to >= survived',
      'RuleSet/r rules.0.when:15 10 to 9 survived',
      'RuleSet/r rules.0.when:15 10 to 11 survived',
    ])
  })

  it('says of what no case does that it is not covered', async () => {
    const report = await mutated(
      `${rule}  - { name: other, steps: [ { event: { type: contact.unsubscribed } } ], expect: {} }`,
    )
    expect(new Set(report.survivors.map(({ state }) => state))).to.deep.equal(new Set(['not covered']))
    expect(report).to.include({ killed: 0, total: 5 })
  })

  it('changes scores and workflows as well', async () => {
    const report = await mutated(`kind: LeadScore
name: fit
writes: lead.score
factors: [ { id: c, when: lead.country == "AE", points: 60 }, { id: b, value: lead.budget, bands: { 0: 1, 5: 2 } } ]
bands: [ { name: hot, from: 50 } ]
---
kind: Workflow
name: chase
for: lead
start: { on: lead.created, when: lead.budget > 1 }
steps:
  - { id: reply, wait_for: { event: message.received, where: event.text == "yes" }, up_to: 2h, then: end, else: nudge }
  - { id: nudge, send: { channel: sms, text: Hi } }
  - { id: pick, choose: [ { when: lead.score >= 50, go: cool } ] }
  - { id: cool, wait: { hours: 2 } }
---
kind: Test
name: t
cases: [ { name: one, steps: [ { event: { type: lead.created } } ], expect: {} } ]
`)
    const places = new Set(report.survivors.map(({ file }) => file))
    for (const place of [
      'LeadScore/fit factors.0.when',
      'LeadScore/fit factors.0.points',
      'LeadScore/fit factors.1.bands.5',
      'LeadScore/fit bands.0.from',
      'LeadScore/fit range.1',
      'Workflow/chase start.when',
      'Workflow/chase steps.0.wait_for.where',
      'Workflow/chase steps.0.up_to',
      'Workflow/chase steps.1',
      'Workflow/chase steps.2.choose.0.when',
      'Workflow/chase steps.3.wait.hours',
    ])
      expect(places, place).to.include(place)
  })

  it('draws the same sample for the same seed, and says what it left out', async () => {
    const yaml = `${rule}${at(1, '{}')}`
    const [first, again] = [
      await mutated(yaml, { max: 2, seed: 7 }),
      await mutated(yaml, { max: 2, seed: 7 }),
    ]
    expect(first).to.deep.equal(again)
    expect(first).to.include({ total: 2, possible: 5 })
    expect((await mutated(yaml, { timeMsMax: -1 })).leftOut).to.equal(5)
  })

  it('kills a change of a border exactly when a case decides differently there', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 8, max: 13 }), { minLength: 1, maxLength: 4 }),
        async (budgets) => {
          const all = budgets.map((budget) =>
            at(budget, budget > 10 ? '{ fired: [big] }' : '{ not_fired: [big] }'),
          )
          const report = await mutated(rule + all.join(''))
          // Cases that are passed over because the change decides nothing in them change no verdict.
          expect(await mutated(rule + all.join(''), {}, false)).to.deep.equal(report)
          const survived = new Set(
            report.survivors.filter(({ file }) => file.endsWith('when')).map(({ change }) => change),
          )
          expect(survived.has('> to >=')).to.equal(!budgets.includes(10))
          expect(survived.has('10 to 9')).to.equal(!budgets.includes(10))
          expect(survived.has('10 to 11')).to.equal(!budgets.includes(11))
        },
      ),
      { numRuns: 25 },
    )
  })
})

describe('a changed condition', () => {
  const variables = new Map<string, FieldType>([
    ['lead', parseFields({ score: 'number', hot: 'bool', seen: 'timestamp', stage: 'string' }).type],
    ['now', { kind: 'timestamp', nullable: false } as const],
  ])

  it('has one change for each border, connective, negation and constant', () => {
    const source =
      '(lead.score >= 5 || !(lead.hot)) && lead.stage in ["a", "b"] && now - lead.seen > duration("2h")'
    const found = mutateCondition(source, ['a', 'b', 'c'])
    expect(found.map(({ change }) => change)).to.have.members([
      '&& to ||',
      '&& to ||',
      '|| to &&',
      '>= to >',
      '5 to 4',
      '5 to 6',
      '!(lead.hot) without !',
      'negated lead.hot',
      'negated lead.stage in ["a", "b"]',
      '"a" to "b"',
      '"b" to "c"',
      '> to >=',
      '2h to 1h',
      '2h to 4h',
    ])
    for (const { text, change } of found)
      expect(conditions.compile(text, variables, 'bool').state, `${change}: ${text}`).to.equal('compiled')
  })
})

describe('a sample', () => {
  it('holds as many as asked for, in order, each of the stream at most once', () => {
    fc.assert(
      fc.property(fc.nat({ max: 200 }), fc.integer({ min: 1, max: 50 }), fc.nat(), (length, max, seed) => {
        const { drawn, possible } = sample(
          Array.from({ length }, (_, index) => index),
          max,
          seed,
        )
        expect(possible).to.equal(length)
        expect(drawn).to.have.length(Math.min(length, max))
        expect([...new Set(drawn)].sort((a, b) => a - b)).to.deep.equal(drawn)
      }),
    )
  })
})

describe('mutation of what is remembered, asked and scheduled', () => {
  const created = '{ event: { type: lead.created } }'
  const survivors = async (cases: string): Promise<readonly string[]> => {
    const report = await mutated(`${kept}${cases}`)
    return report.survivors.map(({ file, change, state }) => `${file}: ${change} ${state}`)
  }

  it('finds every change of a suite that looks at nothing', async () => {
    const found = await survivors(`  - ${quiet} [ ${created} ] }\n`)
    expect(found).to.include.members([
      'Policy/seldom caps: without caps survived',
      'Policy/seldom caps.within: 2d to 1d survived',
      'RuleSet/r rules.0.throttle: without throttle not covered',
      'RuleSet/r rules.0.throttle.count: 2 to 3 not covered',
      'RuleSet/r rules.1.once: without once survived',
      'RuleSet/r rules.2.then.0.assign.keep_owner: false to true survived',
      'RuleSet/r rules.2.then.1.task.due: 2h to 4h survived',
      'Schedule/review : without this schedule not covered',
    ])
  })

  it('is content with a suite that looks at both sides of each', async () => {
    const sends = (advance: string, expected: string): string =>
      `{ advance: ${advance} }, { event: { type: lead.created }, expect: { ${expected} } }`
    const cases = [
      `${quiet} [ { event: { type: lead.created }, expect: { sent: [ {} ] } }, ${sends('13h', 'not_fired: [greet]')}, ${sends('12h', 'fired: [greet], sent: [], suppressed: [ {} ]')}, ${sends('25h', 'sent: [ {} ]')} ] }`,
      `${quiet} [ { event: { type: lead.created }, expect: { assigned: [sara], tasks: [Call] } }, { advance: 119m, expect: { tasks: [] } }, { advance: 2m, expect: { tasks: [ { overdue: true } ] } } ] }`,
      `{ name: hours, given: { lead: {} }, steps: [ { at: "2026-03-05T08:00Z" }, { advance: 1h, expect: { not_fired: [count] } }, { advance: 1h, expect: { tags: [checked] } } ] }`,
    ]
    const found = await survivors(cases.map((one) => `  - ${one}\n`).join(''))
    expect(
      found.filter((line) => /once|task|caps|without throttle|this schedule|count/.test(line)),
    ).to.deep.equal([])
  })
})
