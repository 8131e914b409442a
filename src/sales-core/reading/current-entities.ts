import type { Clock } from '../../kernel/clock.ts'
import type { Page, PageRequest } from '../../messaging/reading/event-reader.ts'
import type { ScoringConfig } from '../scoring/explain-score.ts'
import { withCurrentScores } from '../scoring/current-scores.ts'
import type { EntityReader, EntityView, HistoryEntry } from './entity-reader.ts'

/** Entities with their scores as they are at the moment of reading: points fade between events. */
export class CurrentEntities implements EntityReader {
  readonly #reader: EntityReader
  readonly #configOf: (tenantId: string, workspace: string) => Promise<ScoringConfig>
  readonly #clock: Clock

  /** A configuration that cannot be had leaves scores as the last event left them. */
  constructor(
    reader: EntityReader,
    configOf: (tenantId: string, workspace: string) => Promise<ScoringConfig>,
    clock: Clock,
  ) {
    this.#reader = reader
    this.#configOf = configOf
    this.#clock = clock
  }

  async list(
    tenantId: string,
    workspace: string,
    kind: string,
    page: PageRequest,
  ): Promise<Page<EntityView>> {
    const found = await this.#reader.list(tenantId, workspace, kind, page)
    return { ...found, items: await this.#current(tenantId, workspace, found.items) }
  }

  async byId(
    tenantId: string,
    workspace: string,
    ref: { kind: string; id: string },
  ): Promise<EntityView | null> {
    const entity = await this.#reader.byId(tenantId, workspace, ref)
    if (entity === null) return null
    const [current = entity] = await this.#current(tenantId, workspace, [entity])
    return current
  }

  async history(
    tenantId: string,
    workspace: string,
    ref: { kind: string; id: string },
    page: PageRequest,
  ): Promise<Page<HistoryEntry>> {
    return this.#reader.history(tenantId, workspace, ref, page)
  }

  async #current(
    tenantId: string,
    workspace: string,
    entities: readonly EntityView[],
  ): Promise<readonly EntityView[]> {
    if (entities.every(({ scores }) => Object.keys(scores).length === 0)) return entities
    const config = await this.#configOf(tenantId, workspace).catch(() => null)
    if (config === null) return entities
    const now = this.#clock.now()
    return entities.map((entity) => withCurrentScores(entity, config, now))
  }
}
