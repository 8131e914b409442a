import type pg from 'pg'
import type { Clock } from '../../../kernel/clock.ts'
import { noCrashPoints } from '../../../kernel/crash-points.ts'
import type { CrashPoints } from '../../../kernel/crash-points.ts'
import type { LeasedCommand } from '../../../messaging/commands/command.ts'
import type {
  ClaimOptions,
  ClaimShare,
  CommandQueue,
  SettledAttempt,
} from '../../../messaging/commands/command-queue.ts'
import { parseEntityKey } from '../../../messaging/events/entity-key.ts'
import { inTenants, run, runAlone, withRetries } from '../connection/transaction.ts'
import { claim, duePairs, makeGates, nextDue } from './claim-statements.ts'
import { giveUpForgotten } from './give-up.ts'
import { afterExpiry, leasedOfRow } from './leased-row.ts'
import type { LeasedRow } from './leased-row.ts'
import { CallReporter, reportCalls } from './report-calls.ts'
import { settleAttempts } from './settle-attempts.ts'
import { findExpired, lockExpired, markSent, release } from './settle-statements.ts'
import { TokenSpares } from './token-spares.ts'

/** Accounts that one claim looks at; beyond them the next claim goes on. */
const pairsMax = 200
const recoverMax = 200
const beforeAll = { tenantId: '00000000-0000-0000-0000-000000000000', integration: '' }

interface PairRow {
  readonly tenant_id: string
  readonly integration: string
  readonly lane_key: string
  /** It has a gate. */
  readonly gated: boolean
  readonly due: boolean
  readonly funded: boolean
}

interface Quota extends ClaimShare {
  readonly pair: PairRow
  readonly spare: number
}

/** The command queue on Postgres. */
export class PostgresCommandQueue implements CommandQueue {
  readonly #relay: pg.Pool
  readonly #app: pg.Pool
  readonly #clock: Clock
  readonly #crashPoints: CrashPoints
  readonly #spares = new TokenSpares()
  readonly #reporter = new CallReporter()
  #after = beforeAll

  constructor(
    pools: { relay: pg.Pool; app: pg.Pool },
    clock: Clock,
    crashPoints: CrashPoints = noCrashPoints,
  ) {
    this.#relay = pools.relay
    this.#app = pools.app
    this.#clock = clock
    this.#crashPoints = crashPoints
  }

  async claim(options: ClaimOptions): Promise<readonly LeasedCommand[]> {
    const { daemonId, max, leaseMs } = options
    if (max <= 0) return []
    const quotas = await this.#quotas(options)
    if (quotas.length === 0) return []
    // Measured before the query: the lease that we believe in ends before the one in the database.
    const leaseEndsMs = this.#clock.monotonicMs() + leaseMs
    const rows = await runAlone<LeasedRow & { taken: number }>(this.#relay, claim, [
      quotas.map(({ pair }) => pair.tenant_id),
      quotas.map(({ pair }) => pair.integration),
      quotas.map(({ room }) => room),
      quotas.map(({ perSecond }) => perSecond),
      quotas.map(({ burst }) => burst),
      quotas.map(({ weight }) => weight),
      quotas.map(({ tenantInFlight }) => tenantInFlight),
      quotas.map(({ tenantRoom }) => tenantRoom),
      quotas.map(({ spare }) => spare),
      max,
      daemonId,
      leaseMs,
    ])
    this.#bookTokens(rows)
    return rows.map((row) => leasedOfRow(row, leaseEndsMs))
  }

  async markSent(attempts: readonly LeasedCommand[]): Promise<ReadonlySet<string>> {
    if (attempts.length === 0) return new Set()
    const rows = await runAlone<{ command_id: string }>(this.#relay, markSent, idsAndLeases(attempts))
    return new Set(rows.map((row) => row.command_id))
  }

  async settle(attempts: readonly SettledAttempt[]): Promise<ReadonlySet<string>> {
    if (attempts.length === 0) return new Set()
    const reports = this.#reporter.add(attempts, this.#clock.monotonicMs())
    const tenants = attempts.map(({ leased }) => leased.command.tenantId)
    for (const { tenantId, integration } of reports) this.#spares.drop(`${tenantId}/${integration}`)
    return withRetries(this.#app, async () =>
      inTenants(this.#app, [...tenants, ...reports.map((report) => report.tenantId)], async (client) => {
        const lost = await settleAttempts(client, attempts, this.#clock, this.#crashPoints)
        await reportCalls(client, reports)
        return lost
      }),
    )
  }

  async release(attempts: readonly LeasedCommand[]): Promise<void> {
    if (attempts.length > 0) await runAlone(this.#relay, release, idsAndLeases(attempts))
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
        await settleAttempts(client, rows.map(afterExpiry), this.#clock, this.#crashPoints)
        return rows.length
      }),
    )
  }

  async giveUp(maxElapsedMs: number): Promise<number> {
    return giveUpForgotten({ relay: this.#relay, app: this.#app }, maxElapsedMs, this.#clock)
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

  /** The pairs that may be claimed from now, with what each may take. */
  async #quotas({ max, share }: ClaimOptions): Promise<readonly Quota[]> {
    const nowMs = this.#clock.monotonicMs()
    const pairs = (await this.#pairs())
      .map((pair) => ({ pair, spare: this.#spares.left(keyOf(pair), nowMs) }))
      .filter(({ pair, spare }) => pair.due && (pair.funded || spare >= 1))
    const quotas = await Promise.all(
      pairs.map(async ({ pair, spare }) => {
        const asked = await share(pair.tenant_id, workspaceOf(pair), pair.integration)
        return { ...asked, room: Math.min(max, asked.room), pair, spare }
      }),
    )
    const fresh = quotas.filter(({ pair }) => !pair.gated)
    if (fresh.length > 0) {
      await runAlone(this.#relay, makeGates, [
        fresh.map(({ pair }) => pair.tenant_id),
        fresh.map(({ pair }) => pair.integration),
        fresh.map(({ perSecond }) => perSecond),
        fresh.map(({ burst }) => burst),
      ])
    }
    return quotas.filter(({ room, tenantRoom }) => room > 0 && tenantRoom > 0)
  }

  /** Pairs with ready commands; goes round when there are more than one claim looks at. */
  async #pairs(): Promise<readonly PairRow[]> {
    const pairs = await runAlone<PairRow>(this.#relay, duePairs, [
      this.#after.tenantId,
      this.#after.integration,
      pairsMax,
    ])
    const last = pairs.at(-1)
    this.#after =
      last === undefined || pairs.length < pairsMax
        ? beforeAll
        : { tenantId: last.tenant_id, integration: last.integration }
    return pairs
  }

  #bookTokens(rows: readonly (LeasedRow & { taken: number })[]): void {
    const nowMs = this.#clock.monotonicMs()
    const used = new Map<string, { taken: number; count: number }>()
    for (const row of rows) {
      const key = keyOf(row)
      const before = used.get(key)
      used.set(key, { taken: row.taken, count: (before?.count ?? 0) + 1 })
    }
    for (const [key, { taken, count }] of used) this.#spares.book(key, taken, count, nowMs)
  }
}

function keyOf({ tenant_id: tenantId, integration }: { tenant_id: string; integration: string }): string {
  return `${tenantId}/${integration}`
}

/** A lane is named `<tenant>/<integration>/<entity key>`. */
function workspaceOf(pair: PairRow): string {
  return parseEntityKey(pair.lane_key.slice(keyOf(pair).length + 1)).workspace
}

function idsAndLeases(attempts: readonly LeasedCommand[]): [string[], string[]] {
  return [attempts.map(({ command }) => command.id), attempts.map(({ runLease }) => runLease)]
}
