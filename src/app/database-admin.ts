import type { MigrationStatus } from '../adapters/postgres/migrations/migrate.ts'
import { NxError } from '../kernel/errors.ts'
import type { Settings } from './config/settings.ts'

// Imported when a command needs them: knex alone costs as much as the rest of the CLI's start.
const migrations = async () => await import('../adapters/postgres/migrations/migrate.ts')

/** Applies what is missing. The runtime login, when it is another than the owner, is given the runtime roles. */
export async function migrateDatabase(settings: Settings): Promise<{ applied: readonly string[] }> {
  const { migrateUp } = await migrations()
  const runtime = loginOf(settings.databaseUrl)
  const owner = loginOf(settings.databaseOwnerUrl)
  const grantTo = runtime !== null && runtime !== owner ? { grantTo: runtime } : {}
  return { applied: await migrateUp({ ownerUrl: ownerUrl(settings), ...grantTo }) }
}

/** What is applied, what is missing, and what this version does not know. */
export async function databaseStatus(settings: Settings): Promise<MigrationStatus> {
  const { migrationStatus } = await migrations()
  return await migrationStatus({ ownerUrl: ownerUrl(settings) })
}

/** Reverts the last migrations. Returns their names, last applied first. */
export async function rollbackDatabase(
  settings: Settings,
  steps: number | 'all' = 1,
): Promise<{ reverted: readonly string[] }> {
  const { migrateRollback } = await migrations()
  return { reverted: await migrateRollback({ ownerUrl: ownerUrl(settings) }, steps) }
}

function ownerUrl(settings: Settings): string {
  const url = settings.databaseOwnerUrl ?? settings.databaseUrl
  if (url !== null) return url
  throw new NxError('configuration', 'NX-DB-NOT-CONFIGURED', 'No database is configured', {
    fix: 'Set NEURONX_DATABASE_OWNER_URL (or NEURONX_DATABASE_URL), or start `neuronx dev` and read its env file: . DIR/env',
  })
}

function loginOf(url: string | null): string | null {
  return url === null || !URL.canParse(url) ? null : decodeURIComponent(new URL(url).username) || null
}
