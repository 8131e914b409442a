import type pg from 'pg'
import type { Database } from '../../../src/adapters/postgres/database.ts'
import { insertCommands } from '../../../src/adapters/postgres/commands/insert-commands.ts'
import { inTenants, withRetries } from '../../../src/adapters/postgres/connection/transaction.ts'
import type { Command, CommandState } from '../../../src/messaging/commands/command.ts'
import { openTestDatabase, querySuperuser } from '../database.ts'
import type { TestDatabase } from '../database.ts'
import { poolOf } from './owned-database.ts'

/** A database whose command queue can be filled without deciding anything. */
export interface TestQueue {
  readonly database: Database
  readonly test: TestDatabase
  /** Works as neuronx_app. */
  readonly pool: pg.Pool
  enqueue(...commands: readonly Command[]): Promise<void>
  stateOf(command: Command): Promise<CommandState>
  reset(): Promise<void>
  close(): Promise<void>
}

export async function openTestQueue(): Promise<TestQueue> {
  const { database, test, close } = await openTestDatabase()
  const pool = poolOf(test, 'neuronx_app', 8)
  return {
    database,
    test,
    pool,
    enqueue: async (...commands) => {
      const tenants = commands.map((command) => command.tenantId)
      await withRetries(pool, async () =>
        inTenants(pool, tenants, async (client) =>
          insertCommands(
            client,
            commands.map((command) => ({ command })),
          ),
        ),
      )
    },
    stateOf: async (command) => {
      const view = await database.stores.messages.command(command.tenantId, command.id)
      if (view === null) throw new Error('There is no such command')
      return view.state
    },
    reset: async () => {
      await querySuperuser(
        test,
        'truncate command, command_lane, command_outcome, command_attempt, dispatch_gate, dead_letter',
      )
    },
    close: async () => {
      await pool.end()
      await close()
    },
  }
}
