import type { EntityReader, EntityView } from '../../sales-core/reading/entity-reader.ts'
import { CurrentEntities } from '../../sales-core/reading/current-entities.ts'
import { withCurrentScores } from '../../sales-core/scoring/current-scores.ts'
import { explainScore } from '../../sales-core/scoring/explain-score.ts'
import type { ScoreExplanation } from '../../sales-core/scoring/explain-score.ts'
import { activeSide } from '../backtest/configuration-side.ts'
import { explainScores } from '../explain-scores.ts'
import type { ExplainedScore } from '../explain-scores.ts'
import type { Operator } from '../operator.ts'

type Ports = Pick<Operator, 'entities' | 'revisions' | 'clock'>
interface TenantOf {
  readonly id: string
  readonly slug: string
}

/** A score of an entity as it is now, with the event that changed it last. */
export interface ExplainedNow extends ExplainedScore {
  /** What the last event left; null: it was never scored by this model. */
  readonly recorded: number | null
  /** When decay alone brings it into another band, RFC 3339; null: never. */
  readonly crossesAt: string | null
  /** It was scored by another model than the one in force. */
  readonly isOfOldModel: boolean
}

/** Entities of a tenant, for one command: their scores as they are now. */
export function currentEntities({ entities, revisions, clock }: Ports, tenant: TenantOf): EntityReader {
  const configOf = async (_tenantId: string, workspace: string) => {
    const { config } = await activeSide(revisions, { tenant, workspace })
    return config
  }
  return new CurrentEntities(entities, configOf, clock)
}

/** An entity as it is now, and every score of it under the configuration in force; null when it is unknown. */
export async function explainScoresNow(
  { entities, revisions, clock }: Ports,
  tenant: TenantOf,
  workspace: string,
  ref: { readonly kind: string; readonly id: string },
): Promise<{ readonly entity: EntityView; readonly scores: readonly ExplainedNow[] } | null> {
  const explained = await explainScores(entities, tenant.id, workspace, ref)
  if (explained === null) return null
  const { entity, scores } = explained
  const { config } = await activeSide(revisions, { tenant, workspace })
  const at = clock.now()
  const now = new Map(explainScore(entity, config, at).map((explanation) => [explanation.model, explanation]))
  const known = new Map(scores.map((score) => [score.model, score]))
  const models = [...new Set([...known.keys(), ...now.keys()])]
  return {
    entity: withCurrentScores(entity, config, at),
    scores: models.map((model) => merged(model, known.get(model), now.get(model))),
  }
}

function merged(
  model: string,
  known: ExplainedScore | undefined,
  now: ScoreExplanation | undefined,
): ExplainedNow {
  const changedBy = known?.changedBy ?? null
  if (now === undefined) {
    const { points = 0, band = null, shares = [] } = known ?? {}
    // Its LeadScore is gone: what it left is all there is.
    return { model, points, band, shares, changedBy, recorded: points, crossesAt: null, isOfOldModel: true }
  }
  const { points, band, shares, recorded, crossesAt, isOfOldModel } = now
  return { model, points, band, shares, changedBy, recorded, crossesAt, isOfOldModel }
}
