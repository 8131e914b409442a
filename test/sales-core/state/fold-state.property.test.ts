import { expect } from 'chai'
import fc from 'fast-check'
import type { EntityState } from '../../../src/sales-core/decide/entity-state.ts'
import type { PastDecision } from '../../../src/sales-core/explain/fold-history.ts'
import { foldState } from '../../../src/sales-core/state/fold-state.ts'
import { stateDifference } from '../../../src/sales-core/state/state-difference.ts'
import { salesConfig } from '../../support/sales/sales-config.ts'
import { EntityUnderTest, noon } from '../../support/sales/entity-under-test.ts'

const config = salesConfig(`kind: LeadScore
name: intent
writes: lead.score
range: [0, 60]
factors:
  - { id: replied, on: message.received, points: 15, cap: { points: 40, per: 3d }, decay: { half_life: 2d } }
  - { id: left, on: contact.unsubscribed, points: -25, decay: { half_life: 12h } }
  - { id: plain, on: contact.unsubscribed, points: 3 }
  - { id: budget, value: lead.budget, bands: { "0": 0, "1000": 30, "5000": 50 } }
bands:
  - { name: hot, from: 40, leave_below: 30, emit: lead.became_hot }
  - { name: cold, from: 0 }
---
kind: RuleSet
name: r
rules:
  - { id: warm, on: message.received, when: lead.score > 30, then: [ { set: { lead.temperature: warm } }, { add_tag: seen } ] }
  - { id: once, on: message.received, once: { per: lead, within: 1d }, then: [ { add_tag: greeted } ] }
  - { id: gone, on: contact.unsubscribed, then: [ { set: { lead.owner: null } }, { remove_tag: seen } ] }
---
`)

const step = fc.record({
  type: fc.constantFrom('lead.created', 'message.received', 'contact.unsubscribed'),
  budget: fc.constantFrom(null, 0, 2_000, 9_000),
  gapMs: fc.integer({ min: 1, max: 40 * 3_600_000 }),
})

/** Every event of a history and what was recorded of it, as the store would read it back. */
function live(steps: readonly { type: string; budget: number | null; gapMs: number }[]): {
  readonly entity: EntityState
  readonly decisions: readonly PastDecision[]
} {
  const lead = new EntityUnderTest(config)
  let at = noon.getTime()
  const decisions = steps.map(({ type, budget, gapMs }): PastDecision => {
    at += gapMs
    const data =
      type === 'lead.created'
        ? { name: 'Ada', budget }
        : type === 'message.received'
          ? { text: 'hi', direction: 'inbound' }
          : {}
    const { changes, trace, entity } = lead.happen(type, data, {}, new Date(at))
    const { scores, workflows, scored, marks } = trace
    const recorded = { seq: entity.appliedSeq, version: entity.version, changes, scores, workflows }
    const more = { ...(scored === undefined ? {} : { scored }), ...(marks === undefined ? {} : { marks }) }
    return JSON.parse(JSON.stringify({ ...recorded, ...more })) as PastDecision
  })
  return { entity: lead.entity, decisions }
}

describe('the fold of an entity', () => {
  const fold = (decisions: readonly PastDecision[], base: EntityState | null) =>
    foldState('default', { kind: 'lead', id: '42' }, decisions, base)

  it('is its state, after every event', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const { entity, decisions } = live(steps)
        const folded = fold(decisions, null)
        expect(folded === null ? null : stateDifference(entity, folded)).to.deep.equal([])
        expect(folded?.appliedSeq).to.equal(entity.appliedSeq)
      }),
    )
  })

  it('is the same from a base at any place, whatever was before it', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 25 }), fc.nat(), (steps, cut) => {
        const { entity, decisions } = live(steps)
        const at = cut % (decisions.length + 1)
        const base = fold(decisions.slice(0, at), null)
        expect(base).to.not.equal(null)
        const folded = fold(decisions.slice(at), base)
        expect(folded === null ? null : stateDifference(entity, folded)).to.deep.equal([])
      }),
    )
  })

  it('is not told when a decision that changed the entity is missing', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 2, maxLength: 15 }), fc.nat(), (steps, gone) => {
        const { decisions } = live(steps)
        const at = gone % (decisions.length - 1)
        const changedThere = decisions[at]?.version !== (decisions[at - 1]?.version ?? 0)
        const changedLater = decisions.at(-1)?.version !== decisions[at]?.version
        if (!changedThere || !changedLater) return
        expect(fold(decisions.toSpliced(at, 1), null)).to.equal(null)
      }),
    )
  })

  it('names what differs, and no values', () => {
    const { entity } = live([{ type: 'lead.created', budget: 2_000, gapMs: 1 }])
    const wrong = { ...entity, version: 7, fields: { ...entity.fields, name: 'Eve' } }
    expect(stateDifference(wrong, entity)).to.deep.equal(['version (7, its history says 1)', 'fields.name'])
  })
})
