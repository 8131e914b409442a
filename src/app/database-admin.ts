import type { MigrationStatus } from '../adapters/postgres/migrations/migration-status.ts'
import type { RebasePlan } from '../adapters/postgres/migrations/rebase.ts'
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

export interface DatabaseStatus extends MigrationStatus {
  /** The day from which on the log holds all events, RFC 3339; null while there is no log. */
  readonly keptSince: string | null
}

/** What is applied, what is missing, and what this version does not know; and how far back the log goes. */
export async function databaseStatus(settings: Settings): Promise<DatabaseStatus> {
  const { keptSince, migrationStatus } = await import('../adapters/postgres/migrations/migration-status.ts')
  const options = { ownerUrl: ownerUrl(settings) }
  return { ...(await migrationStatus(options)), keptSince: await keptSince(options) }
}

/** Reverts the last migrations. Returns their names, last applied first. */
export async function rollbackDatabase(
  settings: Settings,
  steps: number | 'all' = 1,
): Promise<{ reverted: readonly string[] }> {
  const { migrateRollback } = await migrations()
  return { reverted: await migrateRollback({ ownerUrl: ownerUrl(settings) }, steps) }
}

export type { RebasePlan }

/** Makes a restored database at home in its new cluster; `dryRun` only tells what that takes. Throws NX-DB-IN-USE. */
export async function rebaseDatabase(
  settings: Settings,
  { dryRun }: { readonly dryRun: boolean },
): Promise<RebasePlan> {
  const { rebase } = await import('../adapters/postgres/migrations/rebase.ts')
  return await rebase({ ownerUrl: ownerUrl(settings), dryRun })
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
