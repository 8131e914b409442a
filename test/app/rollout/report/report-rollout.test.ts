import { expect } from 'chai'
import * as fc from 'fast-check'
import { reportOf } from '../../../../src/app/rollout/report/report-rollout.ts'
import { reproduceVerdict } from '../../../../src/app/rollout/report/reproduce-verdict.ts'
import { judge } from '../../../../src/control-plane/rollout/judge/judge.ts'
import type { RolloutRecord } from '../../../../src/control-plane/rollout/rollout.ts'
import {
  arm,
  countsOf,
  factsOf,
  hourMs,
  policyOf,
  stepOf,
} from '../../../control-plane/rollout/judge/observed.ts'
import { ledgerOf, reportedRollout } from '../../../support/rollout/reported-rollout.ts'

const policy = policyOf({ shadowFirst: false })
const first = reportedRollout().state
const healthy = countsOf(stepOf(0, 0.05, arm(100), arm(1900)))
const broken = countsOf(stepOf(0, 0.05, arm(100), arm(1900)), stepOf(1, 0.1, arm(20, 20), arm(180)))
const way = ledgerOf(policy, first, [
  { nowMs: hourMs, counts: healthy, facts: factsOf(hourMs) },
  {
    nowMs: 2 * hourMs,
    input: { from: 'operator', action: { action: 'pause', by: 'local:ada', reason: 'lunch' } },
  },
  {
    nowMs: 3 * hourMs,
    counts: broken,
    facts: factsOf(3 * hourMs, { step: 1, enteredAtMs: hourMs }),
  },
])
const rollout = reportedRollout({ policy, state: way.state })

/** The ledger with one record changed. */
const changed = (index: number, change: (record: RolloutRecord) => RolloutRecord): readonly RolloutRecord[] =>
  way.records.map((record, at) => (at === index ? change(record) : record))

describe('the report of a rollout', () => {
  it('makes every verdict again, with all its numbers', () => {
    const report = reportOf(rollout, way.records)
    expect(report.rows.map(({ to, verdict, agrees }) => [to, verdict, agrees])).to.deep.equal([
      ['step', 'promote', true],
      ['paused', null, null],
      ['rolled_back', 'rollback', true],
    ])
    expect(report.verdicts).to.deep.equal({ stored: 2, agreeing: 2 })
    expect(report.reproduced).to.equal(true)
    expect(report.rows[2]?.evidence?.arms.candidate).to.include({ units: 120, failures: 20 })
  })

  it('makes any verdict again that the judge can give', () => {
    const moments = fc.record({
      units: fc.nat(5_000),
      failing: fc.nat(50),
      baseline: fc.nat(50_000),
      slow: fc.nat(40),
      nowMs: fc.integer({ min: 0, max: 100 * hourMs }),
    })
    fc.assert(
      fc.property(moments, ({ units, failing, baseline, slow, nowMs }) => {
        const candidate = arm(units, Math.min(units, failing), { slow: Math.min(units, slow) })
        const counts = countsOf(stepOf(0, 0.05, candidate, arm(baseline, Math.min(baseline, 3))))
        const facts = factsOf(nowMs)
        const verdict = judge(counts, policy, nowMs, facts)
        const stored = JSON.parse(JSON.stringify({ verdict, counts, facts })) as RolloutRecord['judged']
        expect(reproduceVerdict({ judged: stored, atMs: nowMs }, policy)).to.deep.include({
          agrees: true,
          differences: [],
        })
      }),
    )
  })

  it('finds counts that were changed afterwards, and says where', () => {
    const tampered = changed(2, (record) => {
      if (record.judged === null) throw new Error('There is no verdict')
      const counts = countsOf(stepOf(0, 0.05, arm(100), arm(1900)), stepOf(1, 0.1, arm(20, 1), arm(180)))
      return { ...record, judged: { ...record.judged, counts } }
    })
    const report = reportOf(rollout, tampered)
    expect([report.reproduced, report.rows[2]?.agrees]).to.deep.equal([false, false])
    expect(report.rows[2]?.differences.map(({ path }) => path)).to.include('verdict')
  })

  it('finds a policy that was changed afterwards', () => {
    const loose = { ...policy, alpha: { ...policy.alpha, errors: policy.alpha.errors / 2 } }
    expect(reportOf({ ...rollout, policy: loose }, way.records).reproduced).to.equal(false)
  })

  it('finds a row that is missing, a gate that is missing, and an end that is not the rollout’s', () => {
    const messages = (records: readonly RolloutRecord[], state = way.state): string =>
      reportOf({ ...rollout, state }, records)
        .faults.map(({ message }) => message)
        .join('; ')
    expect(messages(way.records)).to.equal('')
    expect(messages(way.records.filter(({ seq }) => seq !== 2))).to.include('row 2 is missing')
    expect(messages(changed(0, (record) => ({ ...record, gate: null })))).to.include('without a gate')
    expect(messages(changed(0, (record) => ({ ...record, stepAfter: 3 })))).to.include('not the next one')
    expect(messages(way.records, { state: 'completed', atMs: 0 })).to.include('ends in rolled_back')
  })
})
