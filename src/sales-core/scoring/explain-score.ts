import type { SalesConfig } from '../compile/sales-config.ts'
import { Readings } from '../conditions/readings.ts'
import type { ScoreShare } from '../decide/decision.ts'
import { EntityDraft } from '../decide/entity-draft.ts'
import type { EntityState } from '../decide/entity-state.ts'
import { eventCounts } from '../decide/event-counts.ts'
import { MarkDraft } from '../decide/marks.ts'
import { businessHoursOf } from '../time/business-hours.ts'
import { bandOf, fitted, scoreOf, sharesOf, totalPoints } from './score-entity.ts'

/** One score of an entity, taken apart. */
export interface ScoreExplanation {
  readonly model: string
  /** `lead.score` */
  readonly writes: string
  /** As it is now: may differ from `recorded` when points faded, conditions read the time, or the model changed. */
  readonly points: number
  /** What the last event left; null when it was never scored. */
  readonly recorded: number | null
  readonly band: string | null
  readonly range: readonly [number, number]
  readonly shares: readonly ScoreShare[]
  /** When decay alone brings it into another band, RFC 3339; null: never. */
  readonly crossesAt: string | null
  /** Was it computed by another model than the one that counts now? */
  readonly isOfOldModel: boolean
}

/** What of a configuration scores are computed with. */
export type ScoringConfig = Pick<SalesConfig, 'tenantSlug' | 'flags' | 'calendar' | 'scoresFor' | 'counts'>

/** Takes every score of an entity apart into its factors' shares. Pure: the state is read, nothing is written. */
export function explainScore(
  entity: EntityState,
  config: ScoringConfig,
  now: Date,
): readonly ScoreExplanation[] {
  const readings = scoringReadings(entity, config, now)
  const atMs = now.getTime()
  return config.scoresFor(entity.ref.kind).map((score) => {
    const state = scoreOf(entity, score)
    const collected = fitted(score, state?.collected ?? {}, atMs)
    const { points } = totalPoints(score, collected, readings, atMs)
    return {
      model: score.name,
      writes: `${score.entityKind}.${score.field}`,
      points,
      recorded: state?.points ?? null,
      band: bandOf(score.bands, state?.band ?? null, points),
      range: [score.min, score.max],
      shares: sharesOf(score, collected, readings, atMs),
      crossesAt: state?.crossesAt ?? null,
      isOfOldModel: state !== undefined && state.model !== score.digest,
    }
  })
}

/** The variables of a score's conditions, without an event. */
export function scoringReadings(
  entity: EntityState,
  config: Omit<ScoringConfig, 'scoresFor'>,
  now: Date,
): Readings {
  return new Readings({
    [entity.ref.kind]: new EntityDraft(entity).view(),
    now,
    tenant: config.tenantSlug,
    flags: config.flags(entity.workspace, entity.ref),
    counts: eventCounts(config.counts, new MarkDraft(entity.marks, now.toISOString()), now),
    businessHours: businessHoursOf(config),
  })
}
