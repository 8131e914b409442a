import type pg from 'pg'
import type { Command } from '../../../messaging/commands/command.ts'
import type { Alert } from '../../../platform/alerts/alert.ts'
import type {
  AlertNotice,
  AlertNoticeStore,
  NoticeableAlert,
  NoticeKey,
} from '../../../platform/alerts/alert-notices.ts'
import { insertCommands } from '../commands/insert-commands.ts'
import { inTenants, runAlone, withRetries } from '../connection/transaction.ts'
import { insertNotice, noticeable } from './alert-statements.ts'

/** What was sent about alerts, on Postgres. */
export class PostgresAlertNoticeStore implements AlertNoticeStore {
  readonly #app: pg.Pool
  readonly #relay: pg.Pool

  constructor(pools: { app: pg.Pool; relay: pg.Pool }) {
    this.#app = pools.app
    this.#relay = pools.relay
  }

  async noticeable(resolvedWithinMs: number, max: number): Promise<readonly NoticeableAlert[]> {
    const rows = await runAlone<Alert & { notices: readonly AlertNotice[] }>(this.#relay, noticeable, [
      resolvedWithinMs,
      max,
    ])
    return rows.map(({ notices, ...alert }) => ({ alert, notices }))
  }

  async send(alert: Alert, notice: NoticeKey, command: Command): Promise<boolean> {
    return withRetries(this.#app, async () =>
      inTenants(this.#app, [command.tenantId], async (client) => {
        if (!(await this.#note(client, alert, notice, command.id, null))) return false
        await insertCommands(client, [{ command, dueInMs: 0 }])
        return true
      }),
    )
  }

  async withhold(alert: Alert, notice: NoticeKey, why: string): Promise<void> {
    const tenants = alert.tenantId === null ? [] : [alert.tenantId]
    await inTenants(this.#app, tenants, async (client) => this.#note(client, alert, notice, null, why))
  }

  async #note(
    client: pg.ClientBase,
    alert: Alert,
    { route, occurrence }: NoticeKey,
    commandId: string | null,
    note: string | null,
  ): Promise<boolean> {
    const values = [alert.id, route, occurrence, alert.tenantId, commandId, note]
    // The key is taken, by us or by another daemon: its command is written then, or will be when it commits.
    return ((await client.query({ ...insertNotice, values })).rowCount ?? 0) > 0
  }
}
