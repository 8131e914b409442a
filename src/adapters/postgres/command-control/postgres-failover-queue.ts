import type pg from 'pg'
import type { Clock } from '../../../kernel/clock.ts'
import type { JsonObject } from '../../../kernel/json.ts'
import { laneKey } from '../../../messaging/commands/command.ts'
import type {
  FailoverMove,
  FailoverQueue,
  ShutGate,
  StuckCommand,
  StuckCursor,
} from '../../../messaging/dispatch/failover.ts'
import { leasedOfRow, nextLease } from '../commands/leased-row.ts'
import type { LeasedRow } from '../commands/leased-row.ts'
import { settleAttempts } from '../commands/settle-attempts.ts'
import { jsonText } from '../connection/json-text.ts'
import { inReadOnlyTenants, inTenants, run, runAlone, withRetries } from '../connection/transaction.ts'
import { writeAudits } from '../platform/write-audit.ts'
import * as sql from './failover-statements.ts'

/** Who the audit log names for what was moved. */
const mover = 'daemon:failover'
const beforeAllStuck: StuckCursor = { priority: -1, nextAttemptAt: '-infinity', n: '0' }

interface StuckRow extends LeasedRow {
  readonly rank: number
  readonly next: string
  readonly n: string
  readonly movable: boolean
  readonly fields: JsonObject
}

/** Commands behind shut gates on Postgres. */
export class PostgresFailoverQueue implements FailoverQueue {
  readonly #relay: pg.Pool
  readonly #app: pg.Pool
  readonly #clock: Clock

  constructor(pools: { relay: pg.Pool; app: pg.Pool }, clock: Clock) {
    this.#relay = pools.relay
    this.#app = pools.app
    this.#clock = clock
  }

  async shutGates(
    after: Pick<ShutGate, 'tenantId' | 'integration'> | null,
    max: number,
  ): Promise<readonly ShutGate[]> {
    const { tenantId, integration } = after ?? sql.beforeAllGates
    return await runAlone<ShutGate>(this.#relay, sql.shutGates, [tenantId, integration, max])
  }

  async stuckBehind(
    { tenantId, integration }: Pick<ShutGate, 'tenantId' | 'integration'>,
    after: StuckCursor | null,
    max: number,
  ): Promise<{ readonly stuck: readonly StuckCommand[]; readonly next: StuckCursor | null }> {
    const { priority, nextAttemptAt, n } = after ?? beforeAllStuck
    const rows = await inReadOnlyTenants(this.#app, [tenantId], async (client) =>
      run<StuckRow>(client, sql.stuckBehind, [tenantId, integration, priority, nextAttemptAt, n, max]),
    )
    const last = rows.length < max ? undefined : rows.at(-1)
    return {
      stuck: rows.flatMap((row) =>
        row.movable ? [{ leased: leasedOfRow(row, 0), fields: row.fields }] : [],
      ),
      next: last === undefined ? null : { priority: last.rank, nextAttemptAt: last.next, n: last.n },
    }
  }

  async move(moves: readonly FailoverMove[]): Promise<ReadonlySet<string>> {
    const tenantId = moves[0]?.leased.command.tenantId
    if (tenantId === undefined) return new Set()
    return await withRetries(this.#app, async () =>
      inTenants(this.#app, [tenantId], async (client) => await this.#move(client, tenantId, moves)),
    )
  }

  async #move(
    client: pg.ClientBase,
    tenantId: string,
    moves: readonly FailoverMove[],
  ): Promise<ReadonlySet<string>> {
    await run(client, sql.lockMoves, [idsOf(moves), moves.map(({ instead }) => laneKey(instead))])
    const open = await takingCalls(client, tenantId, moves)
    const taken = await run<{ command_id: string }>(client, sql.takeMoves, [
      jsonText(
        open.map(({ leased, afterMs }) => ({
          command_id: leased.command.id,
          run_lease: leased.runLease,
          after_ms: afterMs,
        })),
      ),
    ])
    const mine = new Set(taken.map((row) => row.command_id))
    const moved = open.filter(({ leased }) => mine.has(leased.command.id))
    await settleAttempts(client, moved.map(endOf), this.#clock)
    await run(client, sql.carryFirstAttempts, [
      jsonText(
        moved.map(({ leased, instead }) => ({
          command_id: instead.id,
          first_attempt_at: leased.firstAttemptAt,
        })),
      ),
    ])
    await writeAudits(
      client,
      moved.map((move) => auditOf(tenantId, move)),
    )
    return mine
  }
}

/**
 * Only what would go out there at once is moved: where both are down the first may be back first. One whose pause is over gets one
 * command to find out.
 */
async function takingCalls(
  client: pg.ClientBase,
  tenantId: string,
  moves: readonly FailoverMove[],
): Promise<readonly FailoverMove[]> {
  const names = [...new Set(moves.map(({ instead }) => instead.integration))]
  const rows = await run<{ integration: string; onTrial: boolean; shut: boolean }>(client, sql.targetGates, [
    tenantId,
    names,
  ])
  const gates = new Map(rows.map((row) => [row.integration, row]))
  const tried = new Set<string>()
  return moves.filter(({ instead: { integration } }) => {
    const gate = gates.get(integration)
    if (gate === undefined || (!gate.shut && !gate.onTrial)) return true
    if (gate.shut || tried.has(integration)) return false
    tried.add(integration)
    return true
  })
}

/** As a policy that sends a message another way: it was not carried out, and something else goes out in its place. */
function endOf({ leased, instead, why, notice }: FailoverMove): Parameters<typeof settleAttempts>[1][number] {
  const error = { code: 'NX-SEND-FAILED-OVER', message: why, status: null, answer: null }
  return {
    leased: nextLease(leased),
    settlement: { state: 'suppressed', error, instead, durationMs: 0 },
    notice,
  }
}

function auditOf(tenantId: string, { leased: { command }, instead, why }: FailoverMove) {
  return {
    tenantId,
    actor: mover,
    action: 'command.failover',
    target: `command/${command.id}`,
    reason: why,
    before: { integration: command.integration, operation: command.operation },
    after: { integration: instead.integration, operation: instead.operation, command: instead.id },
  }
}

function idsOf(moves: readonly FailoverMove[]): string[] {
  return moves.map(({ leased }) => leased.command.id)
}
