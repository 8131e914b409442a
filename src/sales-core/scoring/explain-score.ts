import type { SalesConfig } from '../compile/sales-config.ts'
import type { ScoreShare } from '../decide/decision.ts'
import { EntityDraft } from '../decide/entity-draft.ts'
import type { EntityState } from '../decide/entity-state.ts'
import { bandOf, sharesOf, totalPoints } from './score-entity.ts'

/** One score of an entity, taken apart. */
export interface ScoreExplanation {
  readonly model: string
  /** `lead.score` */
  readonly writes: string
  /** Computed from the state now; may differ from `recorded` when conditions read the time or the configuration changed. */
  readonly points: number
  /** What the last event left; null when it was never scored. */
  readonly recorded: number | null
  readonly band: string | null
  readonly range: readonly [number, number]
  readonly shares: readonly ScoreShare[]
}

/** Takes every score of an entity apart into its factors' shares. Pure: the state is read, nothing is written. */
export function explainScore(
  entity: EntityState,
  config: SalesConfig,
  now: Date,
): readonly ScoreExplanation[] {
  const values = {
    [entity.ref.kind]: new EntityDraft(entity).view(),
    now,
    tenant: config.tenantSlug,
    flags: config.flags(entity.workspace, entity.ref),
  }
  return config.scoresFor(entity.ref.kind).map((score) => {
    const state = entity.scores[score.name]
    const collected = state?.collected ?? {}
    const { points } = totalPoints(score, collected, values)
    return {
      model: score.name,
      writes: `${score.entityKind}.${score.field}`,
      points,
      recorded: state?.points ?? null,
      band: bandOf(score.bands, state?.band ?? null, points),
      range: [score.min, score.max],
      shares: sharesOf(score, collected, values),
    }
  })
}
