import type pg from 'pg'
import { isUuid } from '../../../kernel/ids.ts'
import type { AttemptError, CommandState } from '../../../messaging/commands/command.ts'
import type {
  ClearanceView,
  CommandPlace,
  DispatchReader,
  IntegrationStanding,
} from '../../../messaging/commands/dispatch-reader.ts'
import { inTenants, run } from '../connection/transaction.ts'
import { aheadInLane, attemptsOf, clearancesOf, laneOf, standings } from './dispatch-reading-statements.ts'

interface LaneRow {
  readonly integration: string
  readonly lane_key: string | null
  readonly n: string | null
}

interface AheadRow {
  readonly id: string
  readonly operation: string
  readonly state: CommandState
  readonly nextAttemptAt: string
  readonly total: number
}

/** The read side of dispatching on Postgres. */
export class PostgresDispatchReader implements DispatchReader {
  readonly #pool: pg.Pool

  /** `pool` works as neuronx_app. */
  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  async standings(tenantId: string, integration: string | null): Promise<readonly IntegrationStanding[]> {
    return inTenants(this.#pool, [tenantId], async (client) =>
      run<IntegrationStanding>(client, standings, [tenantId, integration]),
    )
  }

  async place(tenantId: string, commandId: string): Promise<CommandPlace | null> {
    if (!isUuid(commandId)) return null
    return inTenants(this.#pool, [tenantId], async (client) => {
      const [lane] = await run<LaneRow>(client, laneOf, [tenantId, commandId])
      if (lane === undefined) return null
      const attempts = await run<{ attempt: number; at: string; durationMs: number; error: AttemptError }>(
        client,
        attemptsOf,
        [tenantId, commandId],
      )
      const clearances = await run<ClearanceView>(client, clearancesOf, [tenantId, commandId])
      const ahead =
        lane.lane_key === null ? [] : await run<AheadRow>(client, aheadInLane, [lane.lane_key, lane.n])
      const [standing = null] = await run<IntegrationStanding>(client, standings, [
        tenantId,
        lane.integration,
      ])
      return {
        attempts,
        clearances,
        ahead: ahead.map(({ total: _total, ...neighbour }) => neighbour),
        aheadCount: ahead[0]?.total ?? 0,
        standing,
      }
    })
  }
}
