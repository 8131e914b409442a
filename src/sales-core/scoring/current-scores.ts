import { EntityDraft } from '../decide/entity-draft.ts'
import type { EntityState } from '../decide/entity-state.ts'
import type { ScoringConfig } from './explain-score.ts'
import { scoringReadings } from './explain-score.ts'
import { bandOf, fitted, scoreOf, totalPoints } from './score-entity.ts'

/**
 * The entity with its scores as they are now: points fade with time alone, so what the last event left may be out of date. Whoever reads
 * an entity outside of an event looks at it through this. Pure; the same object when nothing moved.
 */
export function withCurrentScores<Entity extends EntityState>(
  entity: Entity,
  config: ScoringConfig,
  now: Date,
): Entity {
  const models = config.scoresFor(entity.ref.kind)
  if (models.length === 0 || entity.appliedSeq === 0) return entity
  const draft = new EntityDraft(entity)
  const readings = scoringReadings(entity, config, now)
  const scores = { ...entity.scores }
  for (const score of models) {
    const state = scoreOf(entity, score)
    // Never scored: it waits for its first event, as its conditions do.
    if (state === undefined) continue
    const atMs = now.getTime()
    const { points } = totalPoints(score, fitted(score, state.collected, atMs), readings, atMs)
    draft.set(score.field, points, score.cause)
    scores[score.name] = { ...state, points, band: bandOf(score.bands, state.band, points) }
  }
  return draft.changes.length === 0 ? entity : { ...entity, fields: draft.fields, scores }
}
