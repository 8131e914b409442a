import type { ArmCounts, RolloutCounts, StepCounts } from '../../src/control-plane/rollout/judge/counts.ts'
import { noCounts } from '../../src/control-plane/rollout/judge/counts.ts'
import type { HealthFacts, JudgeFacts } from '../../src/control-plane/rollout/judge/facts.ts'
import { judge } from '../../src/control-plane/rollout/judge/judge.ts'
import type { ResolvedPolicy } from '../../src/control-plane/rollout/policy/resolved-policy.ts'
import { advance } from '../../src/control-plane/rollout/state/advance.ts'
import type { RolloutState } from '../../src/control-plane/rollout/state/rollout-state.ts'
import { startRollout } from '../../src/control-plane/rollout/state/start-rollout.ts'
import type { SeededTrials } from '../../src/control-plane/rollout/forecast/seeded-trials.ts'

/** A world in which a rollout runs. Rates are shares of units that fail. */
export interface World {
  readonly unitsPerHour: number
  readonly candidateErrorRate: number
  readonly baselineErrorRate: number
}

export interface SimulatedRollout {
  readonly outcome: 'rolled_back' | 'completed' | 'out_of_time'
  /** The candidate's units until then, failed or not. */
  readonly candidateUnits: number
  readonly candidateFailures: number
  readonly hours: number
  readonly percent: number
}

/** The judge and the state machine on units that come one by one, judged after each failing unit and at each step's boundary. */
export function simulateRollout(
  policy: ResolvedPolicy,
  world: World,
  random: SeededTrials,
  hoursMax: number,
): SimulatedRollout {
  const unitMs = 3_600_000 / world.unitsPerHour
  let nowMs = 0
  let state: RolloutState = startRollout(policy, 'low', nowMs)
  const steps: StepCounts[] = []
  let seen = { units: 0, failures: 0 }
  while ('at' in state && nowMs <= hoursMax * 3_600_000) {
    const { at }: { at: JudgeFacts['position'] } = state
    if (at.phase === 'shadow') throw new Error('the simulated policy has no shadow')
    const weight = (policy.steps[at.step]?.percent ?? 0) / 100
    const known = steps[at.step]?.strata[0]
    const run = nextUnits(
      known ?? null,
      weight,
      world,
      random,
      Math.max(1, unitsUntil(at, policy, nowMs, unitMs)),
    )
    nowMs += run.units * unitMs
    steps[at.step] = {
      step: at.step,
      strata: [{ stratum: '*', weight, candidate: run.candidate, baseline: run.baseline }],
    }
    seen = { units: seen.units + run.candidateUnits, failures: seen.failures + run.candidateFailures }
    const counts: RolloutCounts = { ...noCounts, steps }
    const verdict = judge(counts, policy, nowMs, factsAt(at, nowMs, world))
    state = advance(state, { from: 'judge', verdict }, policy, nowMs).state
  }
  const percent = 'at' in state && state.at.phase === 'step' ? (policy.steps[state.at.step]?.percent ?? 0) : 0
  return {
    outcome: state.state === 'rolled_back' || state.state === 'completed' ? state.state : 'out_of_time',
    candidateUnits: seen.units,
    candidateFailures: seen.failures,
    hours: nowMs / 3_600_000,
    percent,
  }
}

/** Units until the step's time is over; then a few at a time until its evidence is there. */
function unitsUntil(
  at: JudgeFacts['position'],
  policy: ResolvedPolicy,
  nowMs: number,
  unitMs: number,
): number {
  const minMs = at.phase === 'step' ? (policy.steps[at.step]?.minMs ?? 0) : 0
  const left = Math.ceil((at.enteredAtMs + minMs - nowMs) / unitMs)
  return left > 0 ? left : 20
}

interface Run {
  readonly units: number
  readonly candidateUnits: number
  readonly candidateFailures: number
  readonly candidate: ArmCounts
  readonly baseline: ArmCounts
}

/** Units one by one until one fails in the candidate (the baseline's failures change nothing for the worse) or `most` came. */
function nextUnits(
  before: { readonly candidate: ArmCounts; readonly baseline: ArmCounts } | null,
  weight: number,
  world: World,
  random: SeededTrials,
  most: number,
): Run {
  let units = 0
  const candidate = { units: 0, failures: 0 }
  const baseline = { units: 0, failures: 0 }
  while (units < most) {
    units++
    const isCandidate = random.next() < weight
    const arm = isCandidate ? candidate : baseline
    arm.units++
    if (random.next() >= (isCandidate ? world.candidateErrorRate : world.baselineErrorRate)) continue
    arm.failures++
    if (isCandidate) break
  }
  return {
    units,
    candidateUnits: candidate.units,
    candidateFailures: candidate.failures,
    candidate: added(before?.candidate, candidate),
    baseline: added(before?.baseline, baseline),
  }
}

function added(
  arm: ArmCounts | undefined,
  more: { readonly units: number; readonly failures: number },
): ArmCounts {
  const units = (arm?.units ?? 0) + more.units
  const failures = (arm?.failures ?? 0) + more.failures
  return { units, distinct: units, failures, integrationFailures: 0, slow: 0, signals: {} }
}

const healthy: Omit<HealthFacts, 'countsAtMs'> = {
  unitsInBothArms: 0,
  unassignableEvents: 0,
  events: 0,
  daemonsBehind: [],
  clockSkewMs: 0,
  backlogGrows: false,
}

function factsAt(position: JudgeFacts['position'], nowMs: number, world: World): JudgeFacts {
  return {
    position,
    health: { ...healthy, countsAtMs: nowMs },
    predictions: {},
    approvals: {},
    unitsPerHour: world.unitsPerHour,
  }
}
