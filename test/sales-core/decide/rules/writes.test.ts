import { expect } from 'chai'
import fc from 'fast-check'
import { mergeWrites } from '../../../../src/sales-core/types/field-merge.ts'
import { problemsIn, salesConfig } from '../../../support/sales/sales-config.ts'
import { EntityUnderTest } from '../../../support/sales/entity-under-test.ts'
import { ruleConfig, RuleWorld } from '../../../support/sales/rule-world.ts'

const deal = `kind: EntityType
name: deal
fields: { points: number, best: number?, first: timestamp?, labels: list<string>, stage: string }
merge: { points: sum, best: max, first: min, labels: union, stage: first }
---
kind: EventType
name: deal.moved
folds: deal
fields: { stage: string }
---
`
const write = (id: string, rank: number, fields: string): string =>
  `{ id: ${id}, on: deal.moved, rank: ${rank}, then: [ { set: { ${fields} } } ] }`

describe('writes of several rules', () => {
  it('are put together as the field declares', () => {
    const config = salesConfig(
      `${deal}kind: RuleSet\nname: r\nrules:\n${[
        write(
          'a',
          900,
          'deal.points: 2, deal.best: 5, deal.labels: [x, y], deal.stage: won, deal.first: "2026-03-05T12:00:00Z"',
        ),
        write(
          'b',
          800,
          'deal.points: 3, deal.best: 7, deal.labels: [y, z], deal.stage: lost, deal.first: "2026-03-05T12:30:00+01:00"',
        ),
      ]
        .map((line) => `  - ${line}`)
        .join('\n')}`,
    )
    const { entity, trace } = new EntityUnderTest(config, {}, { kind: 'deal', id: '1' }).happen(
      'deal.moved',
      {
        stage: 'new',
      },
    )
    expect(entity.fields).to.deep.equal({
      points: 5,
      best: 7,
      labels: ['x', 'y', 'z'],
      stage: 'won',
      first: '2026-03-05T12:30:00+01:00',
    })
    expect(trace.notes).to.deep.equal([])
  })
  it('give one result in whatever groups they are put together', () => {
    const merge = fc.constantFrom('first' as const, 'max' as const, 'min' as const, 'sum' as const)
    const value = fc.option(fc.integer({ min: -99, max: 99 }))
    fc.assert(
      fc.property(merge, value, value, value, (way, a, b, c) => {
        expect(mergeWrites(way, mergeWrites(way, a, b), c)).to.equal(
          mergeWrites(way, a, mergeWrites(way, b, c)),
        )
      }),
    )
  })
  it('cannot be merged in ways that their type does not allow', () => {
    expect(
      problemsIn(
        'kind: EntityType\nname: deal\nfields: { stage: string, labels: list<string> }\nmerge: { stage: sum, labels: max, stag: first }',
      ),
    ).to.deep.equal([
      'merge.stage: NX-FIELD-MERGE stage is a string: its values cannot be merged by sum',
      'merge.labels: NX-FIELD-MERGE labels is a list<string>: its values cannot be merged by max',
      "merge.stag: NX-FIELD-MERGE There is no field 'stag'",
    ])
  })
  it('of tags: the higher rule decides about a tag that one adds and one removes', () => {
    const lead = new RuleWorld(
      ruleConfig([
        '{ id: a, on: message.received, rank: 900, then: [ { remove_tag: [x, y] } ] }',
        '{ id: b, on: message.received, then: [ { add_tag: [y, z] } ] }',
      ]),
    )
    lead.happen('lead.created', { tags: ['x', 'w'] })
    lead.happen('message.received', { text: 'hi' })
    expect(lead.fields['tags']).to.deep.equal(['w', 'z'])
    expect(lead.notes).to.deep.equal([
      'RuleSet/r#b did not add the tag y: RuleSet/r#a ranks higher and removed it',
    ])
  })
})
