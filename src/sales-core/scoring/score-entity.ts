import type { JsonValue } from '../../kernel/json.ts'
import { readPath } from '../../kernel/json.ts'
import type { Condition } from '../conditions/condition-compiler.ts'
import type { Readings } from '../conditions/readings.ts'
import type { ScoreShare } from '../decide/decision.ts'
import type { EntityState, ScoreState } from '../decide/entity-state.ts'
import type { FadingPoints, ScoreParts } from './band-crossing.ts'
import { scoreAt } from './band-crossing.ts'
import type { CompiledBand, CompiledFactor, CompiledScore, EventFactor } from './compiled-score.ts'
import type { CollectedByFactor, CollectedPoints } from './held-points.ts'
import { fits, heldShare, timesText } from './held-share.ts'
import { asHeld, collectPointsOf, isHeld, pointsAt } from './held-points.ts'

/** Where an entity's score stands; undefined: it was never scored. */
export function scoreOf(
  { scores }: Pick<EntityState, 'scores'>,
  { name }: CompiledScore,
): ScoreState | undefined {
  return Object.hasOwn(scores, name) ? scores[name] : undefined
}

export interface FactorFailure {
  readonly factor: string
  readonly code: string
  readonly message: string
}

/** What an event adds to the event factors that listen to it. `only`: consider just this factor (a replay). */
export function collect(
  score: CompiledScore,
  before: CollectedByFactor,
  eventType: string,
  readings: Readings,
  { only, nowMs }: { readonly only: string | null; readonly nowMs: number },
): { readonly collected: CollectedByFactor; readonly failures: readonly FactorFailure[] } {
  const failures: FactorFailure[] = []
  let collected = before
  const put = (id: string, points: CollectedPoints): void => {
    if (collected[id] !== points) collected = { ...collected, [id]: points }
  }
  for (const factor of score.factors) {
    if (factor.kind !== 'event' || factor.on !== eventType || (only !== null && only !== factor.id)) continue
    const result = factor.when === null ? undefined : readings.test(factor.when)
    if (result?.state === 'error')
      failures.push({ factor: factor.id, code: result.code, message: result.message })
    else if (result === undefined || result.value === true)
      put(factor.id, collectPointsOf(collectedOf(factor, collected), factor, nowMs))
  }
  return { collected, failures }
}

/** What was collected, in the form that the factors of this model ask for. The same object when it fits. */
export function fitted(score: CompiledScore, collected: CollectedByFactor, nowMs: number): CollectedByFactor {
  let fit = collected
  for (const factor of score.factors) {
    if (factor.kind !== 'event' || !Object.hasOwn(fit, factor.id)) continue
    const points = fit[factor.id] ?? 0
    const next = isHeld(factor) ? asHeld(points, factor, nowMs) : pointsAt(points, factor, nowMs)
    if (next !== points) fit = { ...fit, [factor.id]: next }
  }
  return fit
}

/** The factors of a score as the state makes them now, the fading ones apart. A factor that fails counts nothing. */
export function partsOf(
  score: CompiledScore,
  collected: CollectedByFactor,
  readings: Readings,
): ScoreParts & { readonly failures: readonly FactorFailure[] } {
  const failures: FactorFailure[] = []
  const fading: FadingPoints[] = []
  let steady = 0
  for (const factor of score.factors) {
    const held = factor.kind === 'event' ? collectedOf(factor, collected) : undefined
    if (factor.kind === 'event' && factor.halfLifeMs !== null && typeof held === 'object') {
      fading.push({ held, halfLifeMs: factor.halfLifeMs })
      continue
    }
    const result = pointsOf(factor, collected, readings, 0)
    if (typeof result === 'number') steady += result
    else failures.push(result)
  }
  return { steady, fading, failures }
}

/** The score as the state makes it at an instant: the sum of its factors, inside its range. */
export function totalPoints(
  score: CompiledScore,
  collected: CollectedByFactor,
  readings: Readings,
  atMs: number,
): { readonly points: number; readonly failures: readonly FactorFailure[] } {
  const parts = partsOf(score, collected, readings)
  return { points: scoreAt(score, parts, atMs), failures: parts.failures }
}

function collectedOf({ id }: EventFactor, collected: CollectedByFactor): CollectedPoints | undefined {
  return Object.hasOwn(collected, id) ? collected[id] : undefined
}

function pointsOf(
  factor: CompiledFactor,
  collected: CollectedByFactor,
  readings: Readings,
  atMs: number,
): number | FactorFailure {
  if (factor.kind === 'event') return pointsAt(collectedOf(factor, collected), factor, atMs)
  const result = readings.test(factor.kind === 'state' ? factor.when : factor.value)
  if (result.state === 'error') return { factor: factor.id, code: result.code, message: result.message }
  if (factor.kind === 'state') return result.value === true ? factor.points : 0
  const { value } = result
  // Absent: no step.
  if (typeof value !== 'number') return 0
  return factor.steps.find(({ from }) => value >= from)?.points ?? 0
}

/** Every factor that counts, with its points and, for a person, why. Adds up to the score unless the range cut it. */
export function sharesOf(
  score: CompiledScore,
  collected: CollectedByFactor,
  readings: Readings,
  atMs: number,
): readonly ScoreShare[] {
  return score.factors.flatMap((factor) => {
    const points = pointsOf(factor, collected, readings, atMs)
    if (typeof points !== 'number')
      return [{ factor: factor.id, points: 0, why: `could not be computed: ${points.message}` }]
    const held = factor.kind === 'event' ? collectedOf(factor, collected) : undefined
    if (factor.kind === 'event' && typeof held === 'object')
      return held.given === 0 ? [] : [heldShare(factor, held, points, atMs)]
    return points === 0 ? [] : [{ factor: factor.id, points, why: whyOf(factor, points, readings) }]
  })
}

function whyOf(factor: CompiledFactor, points: number, readings: Readings): string {
  switch (factor.kind) {
    case 'event':
      return `${fits(factor)}, ${timesText(factor.points === 0 ? 0 : Math.round(points / factor.points))}`
    case 'state':
      return facts(factor.when, readings)
    case 'value':
      return facts(factor.value, readings)
  }
}

/** `lead.country is "AE", lead.budget is 30000`: what the condition read. */
function facts(condition: Condition, readings: Readings): string {
  const read = condition.reads.map((path) => {
    const value = readPath(readings.values as Readonly<Record<string, JsonValue>>, path)
    const text = JSON.stringify(value ?? null)
    return `${path} is ${text.length > 60 ? `${text.slice(0, 60)}…` : text}`
  })
  return read.length === 0 ? condition.source : read.join(', ')
}

/**
 * The band of a score, with hysteresis: a band is entered at `from` and left below `leave_below`, so that a score that wavers
 * around a border does not change bands with every event. null: the model has no bands, or the score is below all.
 */
export function bandOf(
  bands: readonly CompiledBand[],
  current: string | null,
  points: number,
): string | null {
  const reached = bands.find(({ from }) => points >= from) ?? null
  const held = bands.find(({ name }) => name === current)
  if (held === undefined || (reached !== null && reached.from >= held.from)) return reached?.name ?? null
  return points >= held.leaveBelow ? held.name : (reached?.name ?? null)
}
