import type { EntityState } from '../decide/entity-state.ts'

/** A score that time alone brings into another band. */
export interface DueScore {
  readonly entity: EntityState
  readonly model: string
  readonly dueMs: number
}

/** The first of the entities' scores to change its band by decay alone, no later than `untilMs`; null: none. */
export function nextScoreTimer(entities: readonly EntityState[], untilMs: number): DueScore | null {
  let first: DueScore | null = null
  for (const entity of entities)
    for (const [model, { crossesAt }] of Object.entries(entity.scores)) {
      const dueMs = crossesAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(crossesAt)
      if (dueMs <= untilMs && (first === null || dueMs < first.dueMs)) first = { entity, model, dueMs }
    }
  return first
}
