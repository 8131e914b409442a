import { observedStep } from '../changed-rollout.ts'
import type { JudgeFacts } from '../judge/facts.ts'
import { maturityOf } from '../policy/resolved-policy.ts'
import type { Rollout } from '../rollout.ts'
import { isLive } from '../state/record-transition.ts'
import type { CountRow } from './assemble-counts.ts'

/** What is known beside the counts, as a store reads it. */
export interface RawFacts {
  readonly nowMs: number
  readonly countsAtMs: number | null
  /** The age of the log's oldest unpublished event when everything was last counted. */
  readonly backlogMs: number
  /** Units of this step with effects of both configurations. */
  readonly bothArms: number
  /** Units of this step that have not ripened. */
  readonly waiting: { readonly candidate: number; readonly baseline: number }
  readonly behind: readonly string[]
  readonly skewMs: number
  readonly approvals: readonly { readonly step: number; readonly by: string }[]
  readonly suspended: readonly string[]
  readonly moved: string | null
}

const hourMs = 3_600_000
/** A rate of less than this says nothing about an hour. */
const rateMsMin = 1_000

/** The judge's facts, from what is stored. */
export function factsOf(rollout: Rollout, rows: readonly CountRow[], raw: RawFacts): JudgeFacts {
  const { policy, state, predictions } = rollout
  const step = observedStep(state) ?? -1
  const here = rows.filter((row) => row.step === step)
  const sum = (what: (row: CountRow) => number): number => here.reduce((total, row) => total + what(row), 0)
  const position = isLive(state) ? state.at : ({ phase: 'shadow', enteredAtMs: raw.nowMs } as const)
  const ripeMs = raw.nowMs - position.enteredAtMs - (step === -1 ? 0 : maturityOf(policy))
  const units = sum((row) => row.units)
  const approvals: Record<number, string[]> = {}
  for (const { step: approved, by } of raw.approvals) (approvals[approved] ??= []).push(by)
  return {
    position,
    health: {
      unitsInBothArms: raw.bothArms,
      unassignableEvents: sum((row) => row.unassignable),
      events: sum((row) => row.events),
      daemonsBehind: raw.behind,
      clockSkewMs: raw.skewMs,
      countsAtMs: raw.countsAtMs,
      // What is not published after so long is a backlog: its units are not decided yet, let alone counted.
      backlogGrows: raw.backlogMs > policy.health.staleMs,
    },
    predictions,
    approvals,
    unitsPerHour: units === 0 || ripeMs < rateMsMin ? null : units / (ripeMs / hourMs),
  }
}
