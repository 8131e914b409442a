import type { Database } from '../../../src/adapters/postgres/database.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import type { JsonObject } from '../../../src/kernel/json.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import type { EntityRef, LoggedEvent } from '../../../src/messaging/events/event.ts'
import type { ShardLease } from '../../../src/messaging/ownership/shard-leases.ts'
import type { SalesConfig } from '../../../src/sales-core/compile/sales-config.ts'
import { EventProcessor } from '../../../src/sales-core/processing/event-processor.ts'
import { openTestDatabase, querySuperuser } from '../database.ts'
import type { TestDatabase } from '../database.ts'
import { incoming, request } from '../stores/intake.ts'
import { ownShards } from '../stores/owned-database.ts'
import { createTenant } from '../stores/tenants.ts'

/** Entities of one tenant on Postgres, decided in this process: events in, all that is logged applied, whatever made it. */
export class ScoredLeads {
  readonly database: Database
  readonly test: TestDatabase
  readonly tenantId: string
  readonly close: () => Promise<void>
  config: SalesConfig
  readonly #processor: EventProcessor
  readonly #leases: readonly ShardLease[]
  #made = 0

  private constructor(
    opened: { readonly database: Database; readonly test: TestDatabase; close(): Promise<void> },
    given: {
      readonly tenantId: string
      readonly config: SalesConfig
      readonly leases: readonly ShardLease[]
    },
  ) {
    this.database = opened.database
    this.test = opened.test
    this.close = () => opened.close()
    this.tenantId = given.tenantId
    this.config = given.config
    this.#leases = given.leases
    this.#processor = new EventProcessor({
      store: opened.database.stores.decisions,
      configs: {
        configFor: async () => ({ config: this.config, unknownEvents: 'accept' }),
        document: async () => null,
      },
      clock: systemClock,
      logger: silentLogger,
    })
  }

  /** `opened`: a database that is shared; a tenant of its own all the same. */
  static async open(
    config: SalesConfig,
    opened?: Awaited<ReturnType<typeof openTestDatabase>>,
  ): Promise<ScoredLeads> {
    const its = opened ?? (await openTestDatabase())
    const { id: tenantId } = await createTenant(its.database)
    const leases = await ownShards(its.database)
    // Nobody carries on what jobs set going here but the test itself: they need not wait for it.
    await querySuperuser(its.test, 'delete from daemon')
    return new ScoredLeads(its, { tenantId, config, leases })
  }

  /** Logs an event of an entity without applying it. */
  async log(type: string, id: string, data: JsonObject = {}, kind = 'lead'): Promise<void> {
    this.#made += 1
    const subject = { kind, id }
    const event = incoming({ tenantId: this.tenantId, subject, type, data, externalId: `e${this.#made}` })
    await this.database.stores.intake.acceptAll([request(this.tenantId, event)])
  }

  /** Logs an event and applies everything of its entity, what it leads to there included. */
  async happen(type: string, id: string, data: JsonObject = {}, kind = 'lead'): Promise<void> {
    await this.log(type, id, data, kind)
    await this.catchUp({ kind, id })
  }

  async catchUp(ref: EntityRef): Promise<void> {
    for (;;) {
      const fresh = (await this.events(ref)).slice((await this.entity(ref))?.appliedSeq ?? 0)
      if (fresh.length === 0) return
      await this.#processor.process(fresh, this.#leases)
    }
  }

  async events({ kind, id }: EntityRef): Promise<readonly LoggedEvent[]> {
    return this.database.stores.outbox.entityRange(this.tenantId, `default/${kind}/${id}`, 1, 10_000)
  }

  async entity(ref: EntityRef) {
    return this.database.stores.entities.byId(this.tenantId, 'default', ref)
  }
}
