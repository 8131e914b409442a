import type pg from 'pg'
import type { Command } from '../../../messaging/commands/command.ts'
import { switchedOffReason } from '../../../messaging/commands/integration-control.ts'
import type {
  IntegrationControl,
  LastCall,
  LastRegistration,
  SwitchedOff,
  WebhookNote,
} from '../../../messaging/commands/integration-control.ts'
import { insertCommands } from '../commands/insert-commands.ts'
import { databaseError } from '../connection/database-error.ts'
import { inTenants, run, withRetries } from '../connection/transaction.ts'
import { writeAudit } from '../platform/write-audit.ts'
import * as sql from './integration-control-statements.ts'

const offAction = 'integration.disable'
const targetPrefix = 'integration/'

/** The switch as a state of the gate that all daemons claim through. */
export class PostgresIntegrationControl implements IntegrationControl {
  readonly #pool: pg.Pool

  /** `pool` works as neuronx_app. */
  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  async switchOff(tenantId: string, integration: string, by: string, reason: string): Promise<boolean> {
    return await this.#switch(sql.switchOff, tenantId, integration, {
      actor: by,
      action: offAction,
      reason,
      before: { enabled: true },
      after: { enabled: false },
    })
  }

  async switchOn(tenantId: string, integration: string, by: string, reason: string | null): Promise<boolean> {
    return await this.#switch(sql.switchOn, tenantId, integration, {
      actor: by,
      action: 'integration.enable',
      reason,
      before: { enabled: false },
      after: { enabled: true },
    })
  }

  async switchedOff(tenantId: string): Promise<readonly SwitchedOff[]> {
    return await inTenants(this.#pool, [tenantId], async (client) =>
      run<SwitchedOff>(client, sql.switchedOff, [tenantId, switchedOffReason, offAction, targetPrefix]),
    )
  }

  async lastCalls(tenantId: string): Promise<readonly LastCall[]> {
    return await inTenants(this.#pool, [tenantId], async (client) =>
      run<LastCall>(client, sql.lastCalls, [tenantId]),
    )
  }

  async ask(command: Command, by: string, reason: string): Promise<void> {
    const { tenantId, id, integration, operation } = command
    await withRetries(this.#pool, async () =>
      inTenants(this.#pool, [tenantId], async (client) => {
        const made = await insertCommands(client, [{ command, dueInMs: 0 }])
        if (made === 0) return
        const after = { integration, operation, entity: command.entityKey }
        const entry = { tenantId, actor: by, action: 'command.ask', target: `command/${id}`, reason }
        await writeAudit(client, { ...entry, before: null, after })
      }),
    )
  }

  async noteWebhooks(tenantId: string, integration: string, by: string, note: WebhookNote): Promise<void> {
    await withRetries(this.#pool, async () =>
      inTenants(this.#pool, [tenantId], async (client) =>
        writeAudit(client, { ...note, tenantId, actor: by, target: targetPrefix + integration }),
      ),
    )
  }

  async lastRegistration(tenantId: string, integration: string): Promise<LastRegistration | null> {
    const rows = await inTenants(this.#pool, [tenantId], async (client) =>
      run<LastRegistration>(client, sql.lastRegistration, [tenantId, targetPrefix + integration]),
    )
    return rows[0] ?? null
  }

  async alone<T>(
    tenantId: string,
    integration: string,
    work: () => Promise<T>,
  ): Promise<{ readonly result: T } | null> {
    const client = await this.#pool.connect().catch((error: unknown) => {
      throw databaseError(error)
    })
    let isHeld = true
    try {
      const [row] = await run<{ held: boolean }>(client, sql.holdAlone, [tenantId, integration])
      if (row?.held !== true) {
        isHeld = false
        return null
      }
      return { result: await work() }
    } finally {
      if (isHeld)
        isHeld = await run(client, sql.letGo, [tenantId, integration]).then(
          () => false,
          () => true,
        )
      // Else it goes with its connection.
      client.release(isHeld)
    }
  }

  /** An audit row for what was changed, none for what was so already. */
  async #switch(
    statement: { readonly name: string; readonly text: string },
    tenantId: string,
    integration: string,
    entry: Omit<Parameters<typeof writeAudit>[1], 'tenantId' | 'target'>,
  ): Promise<boolean> {
    return await withRetries(this.#pool, async () =>
      inTenants(this.#pool, [tenantId], async (client) => {
        const [changed] = await run(client, statement, [tenantId, integration, switchedOffReason])
        if (changed === undefined) return false
        await writeAudit(client, { ...entry, tenantId, target: targetPrefix + integration })
        return true
      }),
    )
  }
}
