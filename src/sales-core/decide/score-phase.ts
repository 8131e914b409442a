import type { LoggedEvent, NxEvent } from '../../messaging/events/event.ts'
import type { SalesConfig } from '../compile/sales-config.ts'
import type { VariableValues } from '../conditions/condition-compiler.ts'
import type { CompiledScore } from '../scoring/compiled-score.ts'
import type { FactorFailure } from '../scoring/score-entity.ts'
import { bandOf, collect, sharesOf, totalPoints } from '../scoring/score-entity.ts'
import type { RuleTrace, ScoreChange } from './decision.ts'
import type { Effects } from './effects.ts'
import { EffectRefused } from './effects.ts'
import type { EntityDraft } from './entity-draft.ts'
import type { EntityState, ScoreState } from './entity-state.ts'

/** Per score: what its event factors hold after this event. */
export type Collected = ReadonlyMap<CompiledScore, ScoreState['collected']>

export interface ScoreOutcome {
  readonly scores: EntityState['scores']
  readonly changes: readonly ScoreChange[]
  readonly emitted: readonly NxEvent[]
  readonly failed: readonly RuleTrace[]
}

/** Lets the event factors of the entity's scores take their points. Done once for an event. */
export function collectPoints(
  event: LoggedEvent,
  entity: EntityState,
  config: SalesConfig,
  values: VariableValues,
): { readonly collected: Collected; readonly failed: readonly RuleTrace[] } {
  const failed: RuleTrace[] = []
  const collected = new Map<CompiledScore, ScoreState['collected']>()
  for (const score of config.scoresFor(entity.ref.kind)) {
    const before = entity.scores[score.name]
    const part = factorOf(event, score)
    if (part === false) {
      collected.set(score, before?.collected ?? {})
      continue
    }
    const result = collect(score, before, event.type, values, part)
    collected.set(score, result.collected)
    failed.push(...result.failures.map((failure) => failedFactor(score, failure)))
  }
  return { collected, failed }
}

/** Which factor may collect: any (null), one (a replay of that factor), or none (a replay of something else). */
function factorOf(event: LoggedEvent, score: CompiledScore): string | null | false {
  if (event.only === undefined) return null
  return event.only.startsWith(`${score.name}/`) ? event.only.slice(score.name.length + 1) : false
}

function failedFactor(score: CompiledScore, { factor, code, message }: FactorFailure): RuleTrace {
  return { rule: `LeadScore/${score.name}#${factor}`, outcome: 'failed', code, error: message }
}

/**
 * Writes every score as the state makes it. Returns what could not be computed: such a factor counts nothing, now and until the
 * data or the score is mended.
 */
export function writeScores(
  collected: Collected,
  draft: EntityDraft,
  values: VariableValues,
): readonly string[] {
  const notes: string[] = []
  for (const [score, points] of collected) {
    const total = totalPoints(score, points, values)
    draft.set(score.field, total.points, `LeadScore/${score.name}`)
    notes.push(
      ...total.failures.map(
        ({ factor, code, message }) =>
          `LeadScore/${score.name}#${factor} counted nothing: ${message} (${code})`,
      ),
    )
  }
  return notes
}

/** Settles points and bands after the last write: what changed, why, and the events of the bands that were entered. */
export function settleScores(
  collected: Collected,
  entity: EntityState,
  draft: EntityDraft,
  values: VariableValues,
  effects: Effects,
): ScoreOutcome {
  if (collected.size === 0) return { scores: entity.scores, changes: [], emitted: [], failed: [] }
  const moved: Record<string, ScoreState> = {}
  const changes: ScoreChange[] = []
  const emitted: NxEvent[] = []
  const failed: RuleTrace[] = []
  for (const [score, held] of collected) {
    const before = entity.scores[score.name]
    const points = Number(draft.read(score.field) ?? 0)
    const bandFrom = before?.band ?? null
    const band = bandOf(score.bands, bandFrom, points)
    const from = before?.points ?? 0
    if (before?.points === points && before.band === band && before.collected === held) continue
    moved[score.name] = { points, band, collected: held }
    if (from === points && bandFrom === band) continue
    changes.push({
      model: score.name,
      from,
      to: points,
      bandFrom,
      bandTo: band,
      shares: sharesOf(score, held, values),
    })
    const emit = band === bandFrom ? null : (score.bands.find(({ name }) => name === band)?.emit ?? null)
    if (emit === null || band === null) continue
    const data = { model: score.name, band, previousBand: bandFrom, score: points, previousScore: from }
    const cause = `LeadScore/${score.name}#${band}`
    try {
      emitted.push(effects.event(emit, entity.ref, data, cause, 0))
    } catch (refusal) {
      if (!(refusal instanceof EffectRefused)) throw refusal
      failed.push({ rule: cause, outcome: 'failed', code: refusal.code, error: refusal.message })
    }
  }
  const scores = Object.keys(moved).length === 0 ? entity.scores : { ...entity.scores, ...moved }
  return { scores, changes, emitted, failed }
}
