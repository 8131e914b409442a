import type { EntityReader, EntityView, HistoryEntry } from '../sales-core/reading/entity-reader.ts'
import type { ScoreShare } from '../sales-core/decide/decision.ts'
import { pageMax } from '../messaging/reading/event-reader.ts'

/** A score of an entity and what it is made of. `shares` is empty when it never changed within the history that was read. */
export interface ExplainedScore {
  readonly model: string
  readonly points: number
  readonly band: string | null
  readonly shares: readonly ScoreShare[]
  /** The event that brought the score to where it is; null when it was not found. */
  readonly changedBy: {
    readonly eventId: string
    readonly eventType: string
    readonly at: string
    readonly from: number
  } | null
}

/** How far back an explanation looks, events. */
export const explainEventsMax = 2_000

/** Every score of the entity, explained by its latest change; null when the entity is unknown. */
export async function explainScores(
  entities: EntityReader,
  tenantId: string,
  workspace: string,
  ref: { kind: string; id: string },
): Promise<{ entity: EntityView; scores: readonly ExplainedScore[] } | null> {
  const entity = await entities.byId(tenantId, workspace, ref)
  if (entity === null) return null
  const open = new Set(Object.keys(entity.scores))
  const found = new Map<string, ExplainedScore>()
  let cursor: string | null = null
  for (let read = 0; open.size > 0 && read < explainEventsMax; read += pageMax) {
    const page = await entities.history(tenantId, workspace, ref, { limit: pageMax, cursor })
    for (const entry of page.items) collect(entry, open, found)
    cursor = page.cursor
    if (cursor === null) break
  }
  const scores = Object.entries(entity.scores).map(
    ([model, { points, band }]): ExplainedScore =>
      found.get(model) ?? { model, points, band, shares: [], changedBy: null },
  )
  return { entity, scores }
}

function collect(entry: HistoryEntry, open: Set<string>, found: Map<string, ExplainedScore>): void {
  for (const change of entry.trace.scores) {
    if (!open.delete(change.model)) continue
    const { eventId, eventType, at } = entry
    found.set(change.model, {
      model: change.model,
      points: change.to,
      band: change.bandTo,
      shares: change.shares,
      changedBy: { eventId, eventType, at, from: change.from },
    })
  }
}
