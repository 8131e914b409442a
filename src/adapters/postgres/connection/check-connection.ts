import type pg from 'pg'
import { NxError } from '../../../kernel/errors.ts'
import type { Logger } from '../../../kernel/logger.ts'
import { clusterState } from '../migrations/cluster-state.ts'
import { databaseError } from './database-error.ts'
import { statusOf } from '../migrations/migration-status.ts'
import type { MigrationStatus } from '../migrations/migration-status.ts'

/**
 * Refuses to work with a login that row-level security does not bind (superuser, bypassrls, owner of the tables): NX-DB-ROLE;
 * with a schema that is behind the program, or so far ahead that the program would do harm: NX-DB-SCHEMA; and with a database
 * that was restored into another cluster: NX-DB-RESTORED. A schema that is ahead by additive migrations is worked with.
 */
export async function checkConnection(pool: pg.Pool, logger: Logger, folder?: string): Promise<void> {
  await checkRoles(pool)
  const status = await readStatus(pool, folder)
  checkSchema(status)
  if (status.unknown.length > 0) {
    logger.warn({ migrations: status.unknown }, 'The schema is newer than this program, which still fits it')
  }
  await checkOwner(pool)
  await checkCluster(pool)
}

/** Positions in the log are transaction ids, which mean nothing in another cluster: new events would stand before old ones. */
async function checkCluster(pool: pg.Pool): Promise<void> {
  const { restored, why } = await clusterState(pool)
  if (!restored) return
  throw new NxError('configuration', 'NX-DB-RESTORED', 'The database was restored into another cluster', {
    detail: why,
    fix: 'With every daemon stopped, run `neuronx db rebase` with NEURONX_DATABASE_OWNER_URL, then start them again.',
  })
}

async function checkRoles(pool: pg.Pool): Promise<void> {
  try {
    const { rows } = await pool.query<{ rolname: string; above: boolean }>(
      `select rolname, rolsuper or rolbypassrls as above from pg_roles where rolname in (session_user, current_user) order by 1`,
    )
    for (const row of rows)
      if (row.above) throw wrongRole(row.rolname, 'is a superuser or bypasses row-level security')
  } catch (error) {
    throw missingRoles(error) ?? databaseError(error)
  }
}

/** The role of the startup packet does not exist, or is not granted. */
function missingRoles(error: unknown): NxError | null {
  const text = error instanceof Error ? error.message : ''
  if (/role "neuronx_\w+" does not exist/.test(text)) {
    return new NxError('configuration', 'NX-DB-SCHEMA', 'The database has not been migrated', {
      detail: text,
      fix: 'Run `neuronx db migrate` with NEURONX_DATABASE_OWNER_URL.',
      cause: error,
    })
  }
  if (/permission denied to set role|invalid value for parameter "role"/.test(text)) {
    return new NxError('configuration', 'NX-DB-ROLE', 'The login is not a member of the roles of neuronx', {
      detail: text,
      fix: 'Run `neuronx db migrate` with NEURONX_DATABASE_OWNER_URL: it grants the roles to the login of NEURONX_DATABASE_URL.',
      cause: error,
    })
  }
  return null
}

async function readStatus(pool: pg.Pool, folder?: string): Promise<MigrationStatus> {
  try {
    return await statusOf(pool, folder === undefined ? {} : { folder })
  } catch (error) {
    // The schema exists but has no migrations: its grants are not there either.
    if (/permission denied/.test(error instanceof Error ? error.message : '')) {
      return { applied: [], pending: ['all'], unknown: [], tooOld: false }
    }
    throw databaseError(error)
  }
}

function checkSchema(status: MigrationStatus): void {
  if (status.tooOld) {
    throw new NxError('configuration', 'NX-DB-SCHEMA', 'The database is newer than this program', {
      detail: `Unknown migrations: ${status.unknown.join(', ')}.`,
      fix: 'Use the version of neuronx that migrated it, or a newer one.',
    })
  }
  if (status.pending.length > 0) {
    throw new NxError('configuration', 'NX-DB-SCHEMA', 'The database has pending migrations', {
      detail: `Pending: ${status.pending.join(', ')}.`,
      fix: 'Run `neuronx db migrate` with NEURONX_DATABASE_OWNER_URL.',
    })
  }
}

async function checkOwner(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ login: string; owns: boolean }>(
    `select session_user::text as login, pg_has_role(session_user, c.relowner, 'member') as owns
     from pg_class c where c.oid = 'neuronx.event_log'::regclass`,
  )
  for (const row of rows) if (row.owns) throw wrongRole(row.login, 'owns the tables')
}

function wrongRole(login: string, why: string): NxError {
  return new NxError(
    'configuration',
    'NX-DB-ROLE',
    'The database login has too many rights to keep tenants apart',
    {
      detail: `'${login}' ${why}.`,
      fix: 'Give NEURONX_DATABASE_URL a plain login; `neuronx db migrate` grants it the roles it needs.',
    },
  )
}
