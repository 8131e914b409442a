import type { UnitObservation } from '../../../control-plane/rollout/rollout.ts'
import { entityKey } from '../../../messaging/events/entity-key.ts'
import type { LoggedEvent } from '../../../messaging/events/event.ts'
import type { TenantConfig } from '../config-provider.ts'
import type { Current } from '../decide-event.ts'
import { decideEvent } from '../decide-event.ts'
import type { EventOutcome } from '../decision-store.ts'
import type { BaselineLatency } from './baseline-latency.ts'
import type { ChosenArm } from './choose-arm.ts'
import { chooseArm } from './choose-arm.ts'
import { failureOf, signalsShown } from './outcome-facts.ts'
import type { OutcomeFailure } from './outcome-facts.ts'
import type { PartFailure, ServedRollout } from './served-rollout.ts'
import type { ActionBatch } from './unit-actions.ts'
import type { WarmUp } from './warm-up.ts'

/** The baseline, and the rollout that a candidate of it is in. */
export interface Arms {
  readonly baseline: TenantConfig
  readonly rollout: ServedRollout
}

/** What deciding with two configurations needs besides them. */
export interface ArmTools {
  /** 0 to 1. Who of a pair comes first. */
  readonly random: () => number
  /** Milliseconds that never go back, with fractions. */
  readonly timeMs: () => number
  readonly latency: BaselineLatency
  readonly warmUp: Pick<WarmUp, 'isWarm'>
  readonly actions: ActionBatch
}

export interface ArmOutcome {
  readonly outcome: EventOutcome
  /** Null: nothing is counted of it (a replay). */
  readonly observation: UnitObservation | null
}

/** What the written outcome and its observation are made of. */
interface Seen extends Pick<UnitObservation, 'failed' | 'configError' | 'slow' | 'bothFailed' | 'fellBack'> {
  readonly outcome: EventOutcome
  /** The arm's own: of a candidate that fell back, the candidate's. */
  readonly shown: EventOutcome | null
  readonly actions: number
}

interface Timed {
  readonly outcome: EventOutcome
  readonly ms: number
}

/**
 * Decides an event under the arm of its unit. A candidate that fails where the baseline does not is observed, and the baseline's
 * decision is what is written: nobody is harmed by a broken candidate. In shadow both decide, in random order, and only the
 * baseline's decision is written. Pure but for the clock and the dice that it is given.
 */
export function decideWithArms(
  event: LoggedEvent,
  current: Current,
  arms: Arms,
  now: Date,
  tools: ArmTools,
): ArmOutcome {
  const chosen = chooseArm(event, arms.rollout)
  const decideAs = decider(event, current, arms, now, tools)
  // A person asked for part of an event again: its arm decides, and it is no evidence.
  if (event.only !== undefined) {
    const replayed = chosen.arm === 'candidate' ? decideAs.candidate() : null
    return { outcome: replayed?.outcome ?? decideAs.baseline().outcome, observation: null }
  }
  const seen = {
    pair: () => inShadow(decideAs, event, arms.rollout, tools),
    baseline: () => asBaseline(decideAs, event, tools),
    candidate: () => asCandidate(decideAs, event, arms.rollout, chosen, tools),
  }[chosen.arm]()
  return { outcome: seen.outcome, observation: observationOf(event, arms.rollout, chosen, seen) }
}

interface Decider {
  baseline(): Timed
  /** Null: the candidate cannot be used. */
  candidate(): Timed | null
}

function decider(
  event: LoggedEvent,
  current: Current,
  { baseline, rollout }: Arms,
  now: Date,
  { timeMs }: ArmTools,
): Decider {
  const timed = (config: TenantConfig): Timed => {
    const from = timeMs()
    const outcome = decideEvent(event, current, config, now)
    return { outcome, ms: timeMs() - from }
  }
  const { candidate } = rollout
  return {
    baseline: () => timed(baseline),
    candidate: () => ('config' in candidate ? timed({ ...baseline, config: candidate.config }) : null),
  }
}

function asBaseline(decideAs: Decider, event: LoggedEvent, { latency }: ArmTools): Seen {
  const { outcome, ms } = decideAs.baseline()
  const slow = latency.isSlow(event.tenantId, event.type, ms)
  latency.add(event.tenantId, event.type, ms)
  const failed = isFailure(failureOf(outcome))
  const actions = commandsOf(outcome).length
  return { ...undisturbed, outcome, shown: outcome, failed, slow, actions }
}

function asCandidate(
  decideAs: Decider,
  event: LoggedEvent,
  rollout: ServedRollout,
  chosen: ChosenArm,
  { latency, actions, warmUp }: ArmTools,
): Seen {
  const tried = decideAs.candidate()
  if (tried === null) {
    const { outcome } = decideAs.baseline()
    const configError = unusableOf(rollout)
    return {
      ...replaced,
      outcome,
      shown: null,
      failed: true,
      configError,
      actions: commandsOf(outcome).length,
    }
  }
  const failure = failureOf(tried.outcome)
  const { tenantId, type } = event
  const slow = warmUp.isWarm(rollout.candidateDigest, tenantId, type)
    ? latency.isSlow(tenantId, type, tried.ms / (1 + rollout.performanceDegradation))
    : null
  if (failure !== null) return failedCandidate(decideAs, tried.outcome, failure, slow)
  const asked = commandsOf(tried.outcome).length
  const unit = `${rollout.id} ${event.tenantId} ${event.workspace} ${chosen.unit ?? ''}`
  const before = actions.of(unit)
  if (rollout.actionsPerUnit !== null && before + asked > rollout.actionsPerUnit) {
    const { outcome } = decideAs.baseline()
    const note = `The candidate asked for ${before + asked} commands, its cap is ${rollout.actionsPerUnit} a unit: decided by the baseline`
    return { ...replaced, outcome: withNote(outcome, note), shown: tried.outcome, slow, actions: asked }
  }
  if (rollout.actionsPerUnit !== null) actions.add(unit, asked)
  return { ...undisturbed, outcome: tried.outcome, shown: tried.outcome, slow, actions: asked }
}

/** What fails under both is not the candidate's doing; then its own decision stands. */
function failedCandidate(
  decideAs: Decider,
  own: EventOutcome,
  failure: OutcomeFailure,
  slow: boolean | null,
): Seen {
  const { outcome } = decideAs.baseline()
  const also = failureOf(outcome)
  const actions = commandsOf(also === null ? outcome : own).length
  if (also === null) {
    return { ...replaced, outcome, shown: own, failed: true, configError: partOf(failure), slow, actions }
  }
  const failed = isFailure(failure)
  return { ...undisturbed, outcome: own, shown: own, failed, slow, actions, bothFailed: failed }
}

function inShadow(
  decideAs: Decider,
  event: LoggedEvent,
  rollout: ServedRollout,
  { random, latency, warmUp }: ArmTools,
): Seen {
  const candidateFirst = random() < 0.5
  let tried = candidateFirst ? decideAs.candidate() : null
  const { outcome, ms } = decideAs.baseline()
  if (!candidateFirst) tried = decideAs.candidate()
  latency.add(event.tenantId, event.type, ms)
  if (tried === null) {
    const configError = unusableOf(rollout)
    return { ...undisturbed, outcome, shown: null, failed: true, configError, actions: 0 }
  }
  const failure = failureOf(tried.outcome)
  const own = failure !== null && failureOf(outcome) === null
  const warm = warmUp.isWarm(rollout.candidateDigest, event.tenantId, event.type)
  return {
    ...undisturbed,
    outcome,
    shown: tried.outcome,
    failed: own,
    configError: own ? partOf(failure) : null,
    // One that fails early is fast for the wrong reason.
    slow: warm && failure === null ? tried.ms / (1 + rollout.performanceDegradation) > ms : null,
    actions: commandsOf(tried.outcome).length,
    bothFailed: isFailure(failure) && !own,
  }
}

function observationOf(
  event: LoggedEvent,
  rollout: ServedRollout,
  { arm, unit }: ChosenArm,
  { outcome, shown, actions, failed, configError, slow, bothFailed, fellBack }: Seen,
): UnitObservation {
  return {
    rolloutId: rollout.id,
    step: rollout.step,
    tenantId: event.tenantId,
    unit,
    entityKey: entityKey(event.workspace, event.subject),
    eventId: event.id,
    arm,
    failed,
    configError,
    slow,
    signals: shown === null ? [] : signalsShown(shown, rollout.signals),
    actions,
    commandIds: arm === 'pair' ? [] : commandsOf(outcome).map(({ id }) => id),
    bothFailed,
    fellBack,
  }
}

const undisturbed = {
  failed: false,
  configError: null,
  slow: null,
  bothFailed: false,
  fellBack: false,
} as const
const replaced = { ...undisturbed, fellBack: true } as const

function commandsOf(outcome: EventOutcome) {
  return outcome.state === 'decided' ? outcome.decision.commands : []
}

/** Data that does not fit its type is its producer's failure. */
function isFailure(failure: OutcomeFailure | null): boolean {
  return failure !== null && !failure.ofData
}

function partOf({ document, code, message }: PartFailure): PartFailure {
  return { document, code, message }
}

function unusableOf({ candidate }: ServedRollout): PartFailure | null {
  return 'unusable' in candidate ? candidate.unusable : null
}

function withNote(outcome: EventOutcome, note: string): EventOutcome {
  if (outcome.state === 'dead') return outcome
  const { decision } = outcome
  const trace = { ...decision.trace, notes: [...decision.trace.notes, note] }
  return { ...outcome, decision: { ...decision, trace } }
}
