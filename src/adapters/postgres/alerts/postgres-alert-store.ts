import type pg from 'pg'
import { NxError } from '../../../kernel/errors.ts'
import { isUuid, newId } from '../../../kernel/ids.ts'
import type { Page, PageRequest } from '../../../messaging/reading/event-reader.ts'
import { actorName } from '../../../platform/access/actor.ts'
import type { Actor } from '../../../platform/access/actor.ts'
import type { Alert, AlertCondition } from '../../../platform/alerts/alert.ts'
import type { AlertCount, AlertFilter, AlertStore } from '../../../platform/alerts/alert-store.ts'
import { jsonText } from '../connection/json-text.ts'
import { inRole, inTenants, run, runAlone } from '../connection/transaction.ts'
import { writeAudit } from '../platform/write-audit.ts'
import { badCursor, decodeCursor, pageOf, rowsWanted } from '../reading/page-cursor.ts'
import * as sql from './alert-statements.ts'

/** Resolved alerts are kept for so long. */
const keepMs = 90 * 86_400_000
const forgetMax = 1_000

/** Alerts on Postgres. The watch writes them as neuronx_relay; a tenant's are read and acknowledged within that tenant. */
export class PostgresAlertStore implements AlertStore {
  readonly #app: pg.Pool
  readonly #relay: pg.Pool
  readonly #control: pg.Pool

  constructor(pools: { app: pg.Pool; relay: pg.Pool; control: pg.Pool }) {
    this.#app = pools.app
    this.#relay = pools.relay
    this.#control = pools.control
  }

  async report(codes: readonly string[], conditions: readonly AlertCondition[]): Promise<readonly Alert[]> {
    const found = uniqueConditions(conditions).map((condition) => ({
      id: newId(),
      tenant_id: condition.tenantId,
      code: condition.code,
      subject: condition.subject,
      severity: condition.severity,
      title: condition.title,
      detail: condition.detail,
      fix: condition.fix,
      facts: condition.facts,
    }))
    return await runAlone<Alert>(this.#relay, sql.report, [codes, jsonText(found)])
  }

  async list(tenantId: string | null, filter: AlertFilter, page: PageRequest): Promise<Page<Alert>> {
    const [at = null, after = null] = recentCursor(page.cursor)
    const { status = null, severity = null, code = null } = filter
    const values = [tenantId, status, severity, code, at, after, rowsWanted(page)]
    const rows = await this.#within(tenantId, async (client) => run<Alert>(client, sql.list, values))
    return pageOf(
      rows,
      page,
      (row) => row,
      (row) => [row.firstAt, row.id],
    )
  }

  async alert(tenantId: string | null, id: string): Promise<Alert | null> {
    if (!isUuid(id)) return null
    const [row] = await this.#within(tenantId, async (client) => run<Alert>(client, sql.byId, [tenantId, id]))
    return row ?? null
  }

  async acknowledge(
    tenantId: string | null,
    id: string,
    actor: Actor,
    reason: string | null,
  ): Promise<Alert> {
    return this.#within(tenantId, async (client) => {
      const [before] = isUuid(id) ? await run<Alert>(client, sql.byId, [tenantId, id]) : []
      if (before === undefined) throw alertNotFound(id)
      const [after] = await run<Alert>(client, sql.acknowledge, [tenantId, id, actorName(actor)])
      // Somebody has done it already, or it is over.
      if (after === undefined) return before
      await writeAudit(client, {
        tenantId,
        actor: actorName(actor),
        action: 'alert.acknowledge',
        target: `alert/${id}`,
        reason,
        before: { status: before.status },
        after: { status: after.status, code: after.code, subject: after.subject },
      })
      return after
    })
  }

  /** Unresolved alerts of all tenants and of the installation, by code and severity: for metrics. */
  async counts(): Promise<readonly AlertCount[]> {
    return await runAlone<AlertCount>(this.#relay, sql.countsByCode, [])
  }

  /** Forgets what was resolved 90 days ago, at most a thousand at a time. Returns how many. */
  async forgetOld(): Promise<number> {
    return (await runAlone(this.#relay, sql.forget, [keepMs, forgetMax])).length
  }

  /** The installation's alerts are no tenant's rows: only a role that crosses tenants sees them. */
  async #within<T>(tenantId: string | null, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    return tenantId === null ? inRole(this.#control, work) : inTenants(this.#app, [tenantId], work)
  }
}

/** One statement cannot write the same row twice. */
function uniqueConditions(conditions: readonly AlertCondition[]): readonly AlertCondition[] {
  return [
    ...new Map(
      conditions.map((condition) => [
        JSON.stringify([condition.tenantId, condition.code, condition.subject]),
        condition,
      ]),
    ).values(),
  ]
}

function alertNotFound(id: string): NxError {
  return new NxError('not_found', 'NX-ALERT-NOT-FOUND', `There is no alert '${id.slice(0, 60)}'`, {
    fix: "See `neuronx alert list`; the installation's own with --installation.",
  })
}

/** (first_at, id). */
function recentCursor(cursor: string | null): readonly string[] {
  const values = decodeCursor(cursor, 2)
  if (values === null) return []
  const [at = '', id = ''] = values
  if (Number.isNaN(Date.parse(at)) || !isUuid(id)) throw badCursor()
  return values
}
