import type pg from 'pg'
import type { Clock } from '../../../kernel/clock.ts'
import type { AttemptError, LeasedCommand } from '../../../messaging/commands/command.ts'
import type { ClaimOptions, CommandQueue, SettledAttempt } from '../../../messaging/commands/command-queue.ts'
import { claim, duePairs, nextDue } from './claim-statements.ts'
import { commandOfRow } from './command-row.ts'
import type { CommandRow } from './command-row.ts'
import { settleAttempts } from './settle-attempts.ts'
import { closeGate, findExpired, lockExpired, markSent } from './settle-statements.ts'
import { runAlone, inTenants, run, withRetries } from '../connection/transaction.ts'

/** Accounts that one claim looks at; beyond them the next claim goes on. */
const pairsMax = 200
const recoverMax = 200
const beforeAll = { tenantId: '00000000-0000-0000-0000-000000000000', integration: '' }

interface LeasedRow extends CommandRow {
  readonly attempt: number
  readonly run_lease: string
  readonly first_attempt_at: string | null
}

/** The command queue on Postgres. */
export class PostgresCommandQueue implements CommandQueue {
  readonly #relay: pg.Pool
  readonly #app: pg.Pool
  readonly #clock: Clock
  #after = beforeAll

  constructor(pools: { relay: pg.Pool; app: pg.Pool }, clock: Clock) {
    this.#relay = pools.relay
    this.#app = pools.app
    this.#clock = clock
  }

  async claim(options: ClaimOptions): Promise<readonly LeasedCommand[]> {
    const { daemonId, max, perIntegration, leaseMs } = options
    if (max <= 0) return []
    const quotas = (await this.#duePairs())
      .map((pair) => ({ ...pair, most: Math.min(max, perIntegration(pair.tenant_id, pair.integration)) }))
      .filter((pair) => pair.most > 0)
    if (quotas.length === 0) return []
    // Measured before the query: the lease that we believe in ends before the one in the database.
    const leaseEndsMs = this.#clock.monotonicMs() + leaseMs
    const rows = await runAlone<LeasedRow>(this.#relay, claim, [
      quotas.map((quota) => quota.tenant_id),
      quotas.map((quota) => quota.integration),
      quotas.map((quota) => quota.most),
      max,
      daemonId,
      leaseMs,
    ])
    return rows.map((row) => leasedOfRow(row, leaseEndsMs))
  }

  async markSent(attempts: readonly LeasedCommand[]): Promise<ReadonlySet<string>> {
    if (attempts.length === 0) return new Set()
    const rows = await runAlone<{ command_id: string }>(this.#relay, markSent, [
      attempts.map((attempt) => attempt.command.id),
      attempts.map((attempt) => attempt.runLease),
    ])
    return new Set(rows.map((row) => row.command_id))
  }

  async settle(attempts: readonly SettledAttempt[]): Promise<ReadonlySet<string>> {
    if (attempts.length === 0) return new Set()
    const tenants = attempts.map(({ leased }) => leased.command.tenantId)
    return withRetries(this.#app, async () =>
      inTenants(this.#app, tenants, async (client) => settleAttempts(client, attempts, this.#clock)),
    )
  }

  async park(tenantId: string, integration: string, forMs: number, reason: string): Promise<void> {
    await inTenants(this.#app, [tenantId], async (client) =>
      run(client, closeGate, [tenantId, integration, forMs, reason]),
    )
  }

  async recoverExpired(): Promise<number> {
    const found = await runAlone<{ command_id: string; tenant_id: string }>(this.#relay, findExpired, [
      recoverMax,
    ])
    if (found.length === 0) return 0
    const tenants = found.map((row) => row.tenant_id)
    return withRetries(this.#app, async () =>
      inTenants(this.#app, tenants, async (client) => {
        const rows = await run<LeasedRow & { sent_at: string | null }>(client, lockExpired, [
          found.map((row) => row.command_id),
        ])
        await settleAttempts(client, rows.map(afterExpiry), this.#clock)
        return rows.length
      }),
    )
  }

  async nextDueMs(): Promise<number | null> {
    const rows = await runAlone<{ ms: number | null }>(this.#relay, nextDue, [
      beforeAll.tenantId,
      beforeAll.integration,
      pairsMax,
    ])
    const ms = rows[0]?.ms ?? null
    return ms === null ? null : Math.max(0, Math.ceil(ms))
  }

  /** Pairs that may be claimed now; goes round when there are more than one claim looks at. */
  async #duePairs(): Promise<readonly { tenant_id: string; integration: string }[]> {
    const pairs = await runAlone<{ tenant_id: string; integration: string; due: boolean }>(
      this.#relay,
      duePairs,
      [this.#after.tenantId, this.#after.integration, pairsMax],
    )
    const last = pairs.at(-1)
    this.#after =
      last === undefined || pairs.length < pairsMax
        ? beforeAll
        : { tenantId: last.tenant_id, integration: last.integration }
    return pairs.filter((pair) => pair.due)
  }
}

function leasedOfRow(row: LeasedRow, leaseEndsMs: number): LeasedCommand {
  return {
    command: commandOfRow(row),
    attempt: row.attempt,
    runLease: row.run_lease,
    firstAttemptAt: row.first_attempt_at,
    leaseEndsMs,
  }
}

/** Nobody knows what became of the attempt; what may be done depends on whether it left and whether it may be repeated. */
function afterExpiry(row: LeasedRow & { sent_at: string | null }): SettledAttempt {
  const leased = leasedOfRow(row, 0)
  const sent = row.sent_at !== null
  const error: AttemptError = {
    code: 'NX-COMMAND-LEASE-EXPIRED',
    message: sent
      ? 'Its daemon went away after the call may have been made'
      : 'Its daemon went away before the call',
    status: null,
    answer: null,
  }
  if (row.repeatable || !sent) {
    return { leased, settlement: { state: 'retry', error, delayMs: 0, spendsAttempt: sent, durationMs: 0 } }
  }
  return {
    leased,
    settlement: { state: 'in_doubt', error: { ...error, code: 'NX-COMMAND-IN-DOUBT' }, durationMs: 0 },
  }
}
