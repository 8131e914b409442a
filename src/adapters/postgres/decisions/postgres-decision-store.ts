import type pg from 'pg'
import { noCrashPoints } from '../../../kernel/crash-points.ts'
import type { CrashPoints } from '../../../kernel/crash-points.ts'
import { NxError } from '../../../kernel/errors.ts'
import type { LoggedEvent } from '../../../messaging/events/event.ts'
import { entityKey } from '../../../messaging/events/entity-key.ts'
import type { ShardLease } from '../../../messaging/ownership/shard-leases.ts'
import type {
  ApplyReport,
  DecisionStore,
  EventOutcome,
  LoadedEntity,
  TeamReader,
} from '../../../sales-core/processing/decision-store.ts'
import { isMissingPartition } from '../connection/database-error.ts'
import { readTeams } from '../people/team-rows.ts'
import { loadEntities } from './load-entities.ts'
import { together } from '../connection/together.ts'
import { inTenants, run } from '../connection/transaction.ts'
import { writeOutcomes } from './write-outcomes.ts'

/**
 * Holds the epochs still until the end of the transaction: a change of owner locks its row for update and waits for us;
 * renewals and other writers do not wait.
 */
const holdLeases = {
  name: 'shard_hold',
  text: 'select shard, epoch::text from shard where shard = any($1::smallint[]) order by shard for key share',
}

/** Applies decisions to entities on Postgres. */
export class PostgresDecisionStore implements DecisionStore {
  readonly #pool: pg.Pool
  readonly #crashPoints: CrashPoints

  /** `pool` works as neuronx_app. */
  constructor(pool: pg.Pool, crashPoints: CrashPoints = noCrashPoints) {
    this.#pool = pool
    this.#crashPoints = crashPoints
  }

  async apply(
    events: readonly LoggedEvent[],
    leases: readonly ShardLease[],
    decideAll: (loaded: readonly LoadedEntity[], teams: TeamReader) => Promise<readonly EventOutcome[]>,
  ): Promise<ApplyReport> {
    if (events.length === 0) return { applied: 0, duplicates: 0, repaired: 0, commands: 0, emitted: 0 }
    const tenants = events.map((event) => event.tenantId)
    try {
      return await inTenants(this.#pool, tenants, async (client) => {
        const [, { loaded, duplicates, repaired }] = await together(
          checkLeases(client, events, leases),
          loadEntities(client, events),
        )
        const fresh = loaded.filter((entity) => entity.events.length > 0)
        const outcomes =
          fresh.length === 0 ? [] : await decideAll(fresh, async (wanted) => readTeams(client, wanted))
        checkComplete(fresh, outcomes)
        const { commands, emitted } = await writeOutcomes(client, fresh, outcomes)
        this.#crashPoints.reach('consumer.mid_transaction')
        return { applied: outcomes.length, duplicates, repaired, commands, emitted }
      })
    } catch (error) {
      // The bus delivers again; by then there is a partition.
      if (error instanceof NxError && isMissingPartition(error.cause)) {
        await this.#pool.query('select neuronx.ensure_partitions()')
        throw new NxError('unavailable', 'NX-DB-RETRY', 'Partitions had to be made first', {
          retryable: true,
          cause: error,
        })
      }
      throw error
    }
  }
}

async function checkLeases(
  client: pg.ClientBase,
  events: readonly LoggedEvent[],
  leases: readonly ShardLease[],
): Promise<void> {
  const epochs = new Map(leases.map((lease) => [lease.shard, lease.epoch]))
  const shards = [...new Set(events.map((event) => event.shard))]
  const rows = await run<{ shard: number; epoch: string }>(client, holdLeases, [shards])
  const current = new Map(rows.map((row) => [row.shard, row.epoch]))
  const lost = shards.filter(
    (shard) => epochs.get(shard) === undefined || epochs.get(shard) !== current.get(shard),
  )
  if (lost.length === 0) return
  throw new NxError('unavailable', 'NX-LEASE-LOST', 'Another daemon works on this shard now', {
    detail: `Shards ${lost.join(', ')}.`,
    retryable: true,
  })
}

/** Every event has its outcome, in order: what is left out here would be acknowledged and lost. */
function checkComplete(loaded: readonly LoadedEntity[], outcomes: readonly EventOutcome[]): void {
  const expected = new Set(loaded.flatMap((entity) => entity.events.map((event) => event.id)))
  const last = new Map<string, number>()
  for (const { event } of outcomes) {
    const entity = `${event.tenantId}/${entityKey(event.workspace, event.subject)}`
    const ordered = (last.get(entity) ?? 0) < event.entitySeq
    if (!expected.delete(event.id) || !ordered) throw incomplete(event.id)
    last.set(entity, event.entitySeq)
  }
  for (const id of expected) throw incomplete(id)
}

function incomplete(eventId: string): NxError {
  return new NxError(
    'bug',
    'NX-DECISION-INCOMPLETE',
    'An event has no outcome, or more than one, or they are out of order',
    {
      detail: eventId,
    },
  )
}
