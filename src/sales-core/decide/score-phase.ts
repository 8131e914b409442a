import type { LoggedEvent, NxEvent } from '../../messaging/events/event.ts'
import type { SalesConfig } from '../compile/sales-config.ts'
import type { Readings } from '../conditions/readings.ts'
import type { JsonValue } from '../../kernel/json.ts'
import { jsonEqual } from '../../kernel/json-equal.ts'
import { nextCrossing } from '../scoring/band-crossing.ts'
import type { CompiledScore } from '../scoring/compiled-score.ts'
import type { CollectedByFactor } from '../scoring/held-points.ts'
import type { FactorFailure } from '../scoring/score-entity.ts'
import { bandOf, collect, fitted, partsOf, scoreOf, sharesOf, totalPoints } from '../scoring/score-entity.ts'
import { dueMs, recomputed } from '../scoring/score-events.ts'
import type { RuleTrace, ScoreChange } from './decision.ts'
import type { Effects } from './effects.ts'
import { EffectRefused } from './effects.ts'
import type { EntityDraft } from './entity-draft.ts'
import type { EntityState, ScoreState } from './entity-state.ts'

/** A score, and what its event factors hold. */
interface HeldScore {
  readonly score: CompiledScore
  readonly points: CollectedByFactor
}

/** Points as one event leaves them. */
export interface Collected {
  /** The instant of the event's scores, milliseconds since 1970. */
  readonly atMs: number
  /** Per score: what its event factors hold after this event. */
  readonly held: readonly HeldScore[]
  /** The score that is computed anew without its bands telling anybody; null: none. */
  readonly quiet: string | null
}

export interface ScoreOutcome {
  readonly scores: EntityState['scores']
  /** Of them, those that are not as they were before. */
  readonly moved: EntityState['scores']
  readonly changes: readonly ScoreChange[]
  readonly emitted: readonly NxEvent[]
  readonly failed: readonly RuleTrace[]
}

/** Lets the event factors of the entity's scores take their points. Done once for an event. */
export function collectPoints(
  event: LoggedEvent,
  entity: EntityState,
  config: SalesConfig,
  readings: Readings,
  now: Date,
): { readonly collected: Collected; readonly failed: readonly RuleTrace[] } {
  const failed: RuleTrace[] = []
  const held: HeldScore[] = []
  const nowMs = now.getTime()
  const anew = recomputed(event)
  for (const score of config.scoresFor(entity.ref.kind)) {
    const given = anew?.model === score.name ? anew.collected : null
    const before = fitted(score, given ?? scoreOf(entity, score)?.collected ?? {}, nowMs)
    const only = factorOf(event, score)
    if (only === false) {
      held.push({ score, points: before })
      continue
    }
    const result = collect(score, before, event.type, readings, { only, nowMs })
    held.push({ score, points: result.collected })
    for (const failure of result.failures) failed.push(failedFactor(score, failure))
  }
  const quiet = anew === null || anew.emits ? null : anew.model
  return { collected: { atMs: Math.max(nowMs, dueMs(event)), held, quiet }, failed }
}

/** Which factor may collect: any (null), one (a replay of that factor), or none (a replay of something else). */
export function factorOf(event: LoggedEvent, score: CompiledScore): string | null | false {
  if (event.only === undefined) return null
  return event.only.startsWith(`${score.name}/`) ? event.only.slice(score.name.length + 1) : false
}

function failedFactor(score: CompiledScore, { factor, code, message }: FactorFailure): RuleTrace {
  return { rule: `${score.cause}#${factor}`, outcome: 'failed', code, error: message }
}

/**
 * Writes every score as the state makes it. Returns what could not be computed: such a factor counts nothing, now and until the
 * data or the score is mended.
 */
export function writeScores(
  { held, atMs }: Collected,
  draft: EntityDraft,
  readings: Readings,
): readonly string[] {
  const notes: string[] = []
  for (const { score, points } of held) {
    const total = totalPoints(score, points, readings, atMs)
    draft.set(score.field, total.points, score.cause)
    for (const { factor, code, message } of total.failures)
      notes.push(`${score.cause}#${factor} counted nothing: ${message} (${code})`)
  }
  return notes
}

/** Settles points and bands after the last write: what changed, why, and the events of the bands that were entered. */
export function settleScores(
  collected: Collected,
  entity: EntityState,
  draft: EntityDraft,
  readings: Readings,
  effects: Effects,
): ScoreOutcome {
  let moved: Record<string, ScoreState> | null = null
  const changes: ScoreChange[] = []
  const emitted: NxEvent[] = []
  const failed: RuleTrace[] = []
  const { atMs, quiet } = collected
  for (const { score, points: held } of collected.held) {
    const before = scoreOf(entity, score)
    const points = Number(draft.read(score.field) ?? 0)
    const bandFrom = before?.band ?? null
    const band = bandOf(score.bands, bandFrom, points)
    const from = before?.points ?? 0
    const crossesAt = crossingOf(score, band, held, readings, atMs)
    const state = { points, band, collected: held, model: score.digest, crossesAt }
    if (before !== undefined && sameScore(before, state)) continue
    moved ??= {}
    moved[score.name] = scoreState(state)
    if (from === points && bandFrom === band) continue
    const shares = sharesOf(score, held, readings, atMs)
    changes.push({ model: score.name, from, to: points, bandFrom, bandTo: band, shares })
    const emit = band === bandFrom ? null : (score.bands.find(({ name }) => name === band)?.emit ?? null)
    if (emit === null || band === null || quiet === score.name) continue
    const data = { model: score.name, band, previousBand: bandFrom, score: points, previousScore: from }
    const cause = `${score.cause}#${band}`
    try {
      emitted.push(effects.event(emit, entity.ref, data, cause, 0))
    } catch (refusal) {
      if (!(refusal instanceof EffectRefused)) throw refusal
      failed.push({ rule: cause, outcome: 'failed', code: refusal.code, error: refusal.message })
    }
  }
  if (moved === null) return { scores: entity.scores, moved: noScores, changes, emitted, failed }
  return { scores: { ...entity.scores, ...moved }, moved, changes, emitted, failed }
}

const noScores: EntityState['scores'] = Object.freeze({})

/** A score as the event leaves it. */
interface NewScore extends Omit<ScoreState, 'crossesAt'> {
  /** undefined: it does not come to another band by itself. */
  readonly crossesAt: string | undefined
}

function sameScore(a: ScoreState, b: NewScore): boolean {
  if (a.points !== b.points || a.band !== b.band || a.model !== b.model || a.crossesAt !== b.crossesAt)
    return false
  return jsonEqual(a.collected as JsonValue, b.collected as JsonValue)
}

function scoreState({ crossesAt, ...state }: NewScore): ScoreState {
  return crossesAt === undefined ? state : { ...state, crossesAt }
}

/** When fading points alone take the score to another band, RFC 3339; undefined: never. */
function crossingOf(
  score: CompiledScore,
  band: string | null,
  held: CollectedByFactor,
  readings: Readings,
  atMs: number,
): string | undefined {
  if (!score.fades || score.bands.length === 0) return undefined
  const crossing = nextCrossing(score, partsOf(score, held, readings), band, atMs)
  return crossing === null ? undefined : new Date(crossing).toISOString()
}
