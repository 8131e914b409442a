import type { BacktestReport, GateResult } from './report.ts'

/** What a backtest must not exceed. null: not asked for. */
export interface BacktestGates {
  /** Share of the units that may be decided differently, 0 to 1. */
  readonly maxDecisionChange: number | null
  /** Events on which only the candidate fails. */
  readonly maxNewErrors: number | null
  /** Candidate's time over the baseline's. */
  readonly maxLatencyRatio: number | null
}

export const noGates: BacktestGates = { maxDecisionChange: null, maxNewErrors: null, maxLatencyRatio: null }

/**
 * Judges a report. Without a single replayed event nothing passes. The latency gate fails only when the whole interval lies
 * above the limit: what may be chance is no failure, and too few pairs are no evidence either way.
 */
export function judgeGates(
  report: Pick<BacktestReport, 'decisions' | 'errors' | 'latency' | 'events'>,
  { maxDecisionChange, maxNewErrors, maxLatencyRatio }: BacktestGates,
): readonly GateResult[] {
  const results: GateResult[] = []
  const empty = report.events.replayed === 0
  if (maxDecisionChange !== null) {
    const { changedUnitShare: actual, changedUnits } = report.decisions
    const detail = `${changedUnits} units are decided differently`
    results.push(judged('max-decision-change', maxDecisionChange, empty ? null : actual, detail))
  }
  if (maxNewErrors !== null) {
    const { newlyFailing: actual } = report.errors
    const detail = `${actual} events fail in the candidate only`
    results.push(judged('max-new-errors', maxNewErrors, empty ? null : actual, detail))
  }
  if (maxLatencyRatio !== null) {
    const { latency } = report
    const detail =
      latency === null
        ? 'too few events to compare times'
        : `95 % interval ${latency.low.toFixed(3)} to ${latency.high.toFixed(3)}, ${latency.pairs} pairs`
    const state = latency === null ? 'no_evidence' : latency.low > maxLatencyRatio ? 'failed' : 'passed'
    results.push({
      gate: 'max-latency-ratio',
      limit: maxLatencyRatio,
      actual: latency?.ratio ?? null,
      state,
      detail,
    })
  }
  return results
}

function judged(gate: GateResult['gate'], limit: number, actual: number | null, detail: string): GateResult {
  if (actual === null) return { gate, limit, actual, state: 'no_evidence', detail: 'no event was replayed' }
  return { gate, limit, actual, state: actual > limit ? 'failed' : 'passed', detail }
}
