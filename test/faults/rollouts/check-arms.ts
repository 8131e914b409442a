import { bucketOf } from '../../../src/control-plane/rollout/assignment/assign-arm.ts'
import type { Violation } from '../check/history.ts'
import type { ArmFacts, RolloutFacts, VariantDecision } from './rollout-facts.ts'

/** So long after a change of shares a daemon that was held up may still go by what was so before. */
const lagMs = 20_000

export interface CheckedArms {
  readonly violations: readonly Violation[]
  readonly counts: Readonly<Record<string, number>>
}

/**
 * I9: every decision is the baseline's or the candidate's by its unit's arm, no unit goes back from a candidate, every candidate unit is
 * counted once, and a sound candidate is never taken back. The active variant is `v0` until a rollout completes. Pure.
 */
export function checkArms({ rollouts, decisions }: ArmFacts): CheckedArms {
  const violations: Violation[] = []
  const say = (what: string, subject: string): void =>
    void violations.push({ invariant: 'I9', what, subject })
  const variantOf = variantsOf(decisions, say)
  const arms = new ArmsInTime(rollouts)
  let late = 0
  let ofCandidates = 0
  for (const decision of decisions) {
    const variant = variantOf.get(decision.configDigest)
    if (variant === undefined) continue
    const allowed = arms.allowed(decision)
    const subject = `${decision.unit} #${decision.entitySeq}`
    if (!allowed.has(variant)) say(`decided by ${variant}, its arm is ${[...allowed].join(' or ')}`, subject)
    else if (arms.now(decision) !== variant) late += 1
    if (arms.isCandidate(variant, decision.atMs)) ofCandidates += 1
  }
  checkSwitches(decisions, variantOf, rollouts, say)
  for (const rollout of rollouts) checkRollout(rollout, say)
  const states = Object.groupBy(rollouts, ({ state }) => state)
  return {
    violations,
    counts: {
      rollouts: rollouts.length,
      ...Object.fromEntries(
        Object.entries(states).map(([state, all]) => [`rollouts_${state}`, all?.length ?? 0]),
      ),
      decisionsOfCandidates: ofCandidates,
      decisionsBehindTheirStep: late,
    },
  }
}

type Say = (what: string, subject: string) => void

/** A digest is one variant and no other: learned from the decisions that wrote it down. */
function variantsOf(decisions: readonly VariantDecision[], say: Say): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const { configDigest, wrote, unit, entitySeq } of decisions) {
    if (wrote === null) continue
    const known = found.get(configDigest)
    if (known !== undefined && known !== wrote)
      say(`${known} and ${wrote} under one digest`, `${unit} #${entitySeq}`)
    found.set(configDigest, wrote)
  }
  return found
}

/** What a unit was under at a time, as the ledgers have it. */
class ArmsInTime {
  readonly #rollouts: readonly RolloutFacts[]
  /** When the assignment of anybody changed. */
  readonly #changes: readonly number[]

  constructor(rollouts: readonly RolloutFacts[]) {
    this.#rollouts = rollouts
    this.#changes = rollouts.flatMap(({ shares }) => shares.map(({ atMs }) => atMs)).toSorted((a, b) => a - b)
  }

  now({ unit, atMs }: VariantDecision): string {
    return this.#at(unit, atMs)
  }

  /** What its daemon may have gone by. */
  allowed({ unit, atMs }: VariantDecision): ReadonlySet<string> {
    const times = this.#changes.filter((change) => change >= atMs - lagMs && change <= atMs)
    return new Set([atMs - lagMs, ...times, atMs].map((time) => this.#at(unit, time)))
  }

  isCandidate(variant: string, atMs: number): boolean {
    return this.#rollouts.some(
      (one) =>
        one.variant === variant && one.startedMs <= atMs && (one.endedMs === null || one.endedMs > atMs),
    )
  }

  #at(unit: string, atMs: number): string {
    let active = 'v0'
    for (const rollout of this.#rollouts) {
      const weight = rollout.shares.findLast((share) => share.atMs <= atMs)?.weight ?? null
      if (weight === null) continue
      const completed = rollout.state === 'completed' && rollout.endedMs !== null && rollout.endedMs <= atMs
      const { candidateDigest, tenantId, variant } = rollout
      if (completed || bucketOf(candidateDigest, tenantId, 'default', unit) < weight) active = variant
    }
    return active
  }
}

/** Once under a candidate a unit stays under it, until the rollout is over. */
function checkSwitches(
  decisions: readonly VariantDecision[],
  variantOf: ReadonlyMap<string, string>,
  rollouts: readonly RolloutFacts[],
  say: Say,
): void {
  const order = new Map(
    ['v0', ...rollouts.map(({ variant }) => variant)].map((variant, index) => [variant, index]),
  )
  const takenBack = rollouts.some(({ state }) => state !== 'completed' && !isUnderWay(state))
  if (takenBack) return
  for (const [unit, all] of Map.groupBy(decisions, (decision) => decision.unit)) {
    let highest = 0
    for (const { configDigest, entitySeq } of all.toSorted((a, b) => a.entitySeq - b.entitySeq)) {
      const at = order.get(variantOf.get(configDigest) ?? '')
      if (at === undefined) continue
      if (at < highest) say('went back from a candidate to what was before', `${unit} #${entitySeq}`)
      highest = Math.max(highest, at)
    }
  }
}

function isUnderWay(state: string): boolean {
  return ['shadow', 'step', 'bake', 'watching', 'held', 'paused'].includes(state)
}

function checkRollout({ id, variant, state, why, configErrors, counted }: RolloutFacts, say: Say): void {
  const subject = `rollout ${id} of ${variant}`
  if (state !== 'completed' && !isUnderWay(state)) say(`a sound candidate is ${state}: ${why}`, subject)
  if (configErrors > 0) say(`${configErrors} failures of its own`, subject)
  for (const { step, judged, rows } of counted)
    if (Number(judged) !== Number(rows))
      say(`${judged} candidate units counted in step ${step}, there are ${rows}`, subject)
}
