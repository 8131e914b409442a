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
    for (const model of Object.keys(entity.scores)) {
      const crossesAt = entity.scores[model]?.crossesAt
      if (crossesAt === undefined) continue
      const dueMs = Date.parse(crossesAt)
      if (dueMs <= untilMs && (first === null || dueMs < first.dueMs)) first = { entity, model, dueMs }
    }
  return first
}
