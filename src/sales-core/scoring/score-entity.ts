import type { JsonValue } from '../../kernel/json.ts'
import { readPath } from '../../kernel/json.ts'
import type { Condition, VariableValues } from '../conditions/condition-compiler.ts'
import type { ScoreShare } from '../decide/decision.ts'
import type { ScoreState } from '../decide/entity-state.ts'
import type { CompiledBand, CompiledFactor, CompiledScore } from './compiled-score.ts'

/** The most points that one event factor may collect, up or down. */
export const collectedMax = 1_000_000_000

export interface FactorFailure {
  readonly factor: string
  readonly code: string
  readonly message: string
}

/** What an event adds to the event factors that listen to it. `only`: consider just this factor (a replay). */
export function collect(
  score: CompiledScore,
  before: ScoreState | undefined,
  eventType: string,
  values: VariableValues,
  only: string | null,
): { readonly collected: ScoreState['collected']; readonly failures: readonly FactorFailure[] } {
  const failures: FactorFailure[] = []
  let collected = before?.collected ?? {}
  for (const factor of score.factors) {
    if (factor.kind !== 'event' || factor.on !== eventType || (only !== null && only !== factor.id)) continue
    const result = factor.when?.evaluate(values)
    if (result?.state === 'error')
      failures.push({ factor: factor.id, code: result.code, message: result.message })
    else if (result === undefined || result.value === true) {
      const points = (collected[factor.id] ?? 0) + factor.points
      collected = { ...collected, [factor.id]: Math.max(-collectedMax, Math.min(collectedMax, points)) }
    }
  }
  return { collected, failures }
}

/** The score as the state makes it now: the sum of its factors, inside its range. A factor that fails counts nothing. */
export function totalPoints(
  score: CompiledScore,
  collected: ScoreState['collected'],
  values: VariableValues,
): { readonly points: number; readonly failures: readonly FactorFailure[] } {
  const failures: FactorFailure[] = []
  let sum = 0
  for (const factor of score.factors) {
    const result = pointsOf(factor, collected, values)
    if (typeof result === 'number') sum += result
    else failures.push(result)
  }
  return { points: Math.max(score.min, Math.min(score.max, sum)), failures }
}

function pointsOf(
  factor: CompiledFactor,
  collected: ScoreState['collected'],
  values: VariableValues,
): number | FactorFailure {
  if (factor.kind === 'event') return Object.hasOwn(collected, factor.id) ? (collected[factor.id] ?? 0) : 0
  const result = (factor.kind === 'state' ? factor.when : factor.value).evaluate(values)
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
  collected: ScoreState['collected'],
  values: VariableValues,
): readonly ScoreShare[] {
  return score.factors.flatMap((factor) => {
    const points = pointsOf(factor, collected, values)
    if (typeof points !== 'number')
      return [{ factor: factor.id, points: 0, why: `could not be computed: ${points.message}` }]
    return points === 0 ? [] : [{ factor: factor.id, points, why: whyOf(factor, points, values) }]
  })
}

function whyOf(factor: CompiledFactor, points: number, values: VariableValues): string {
  switch (factor.kind) {
    case 'event': {
      const times = factor.points === 0 ? 0 : Math.round(points / factor.points)
      return `${factor.on}${factor.when === null ? '' : ` with ${factor.when.source}`}, ${times} time${times === 1 ? '' : 's'}`
    }
    case 'state':
      return facts(factor.when, values)
    case 'value':
      return facts(factor.value, values)
  }
}

/** `lead.country is "AE", lead.budget is 30000`: what the condition read. */
function facts(condition: Condition, values: VariableValues): string {
  const read = condition.reads.map((path) => {
    const value = readPath(values as Readonly<Record<string, JsonValue>>, path)
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
