import type pg from 'pg'
import { isUuid } from '../../../kernel/ids.ts'
import { NxError } from '../../../kernel/errors.ts'
import { together } from './together.ts'
import { databaseError, isLostConnection, isMissingPartition, isTransient } from './database-error.ts'

/** How often a transaction that lost a race is tried in all. */
const attemptsMax = 5

/** Thrown inside a transaction to undo it and still hand something out: not a failure. */
export class Undo<T> extends Error {
  readonly value: T

  constructor(value: T) {
    super('The transaction was undone on purpose')
    this.value = value
  }
}

/** A statement with a name is parsed once per connection. */
export interface Statement {
  readonly name: string
  readonly text: string
}

/** Runs a named statement; rows as the caller declares them. */
export async function run<Row extends object>(
  client: pg.ClientBase | pg.Pool,
  statement: Statement,
  values: readonly unknown[],
): Promise<readonly Row[]> {
  const result = await client.query<Row>({ ...statement, values: [...values] })
  return result.rows
}

/**
 * One transaction that sees and writes the rows of these tenants only. Failures come out as NxError.
 * A connection on which anything failed outside a clean rollback is thrown away.
 */
export async function inTenants<T>(
  pool: pg.Pool,
  tenantIds: Iterable<string>,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  return inTransaction(pool, `begin; set local nx.tenants = '${tenantArray(tenantIds)}'`, work)
}

/** One transaction of a role that crosses tenants. */
export async function inRole<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  return inTransaction(pool, 'begin', work)
}

/** As `inTenants`, and the transaction cannot write whatever the role may. */
export async function inReadOnlyTenants<T>(
  pool: pg.Pool,
  tenantIds: Iterable<string>,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  return inTransaction(pool, `begin read only; set local nx.tenants = '${tenantArray(tenantIds)}'`, work)
}

/** As `inRole`, and the transaction cannot write whatever the role may. */
export async function inReadOnlyRole<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  return inTransaction(pool, 'begin read only', work)
}

/** One statement as a transaction of its own, for a role that crosses tenants: one round trip. Failures come out as NxError. */
export async function runAlone<Row extends object>(
  pool: pg.Pool,
  statement: { name: string; text: string },
  values: readonly unknown[],
): Promise<readonly Row[]> {
  try {
    return await run<Row>(pool, statement, values)
  } catch (error) {
    throw databaseError(error)
  }
}

/** Tries again what lost a race (deadlock, serialisation), and once more after making partitions when today has none. */
export async function withRetries<T>(pool: pg.Pool, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work()
    } catch (error) {
      if (error instanceof Undo) throw error
      const cause = error instanceof NxError ? error.cause : error
      if (attempt >= attemptsMax) throw databaseError(error)
      if (isMissingPartition(cause)) await pool.query('select neuronx.ensure_partitions()')
      else if (!isTransient(cause) && !(error instanceof NxError && error.code === 'NX-DB-RETRY'))
        throw databaseError(error)
    }
  }
}

async function inTransaction<T>(
  pool: pg.Pool,
  begin: string,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw databaseError(error)
  })
  let broken: Error | undefined
  try {
    // Its failure leaves no transaction in which what is sent behind it could work: that fails as well.
    const [, result] = await together(client.query(begin), work(client))
    await client.query('commit')
    return result
  } catch (error) {
    // Nothing comes back over such a connection; a rollback would wait for its own time to run out.
    if (error instanceof Error && isLostConnection(error.message)) broken = error
    else
      await client.query('rollback').catch((failure: Error) => {
        broken = failure
      })
    throw error instanceof Undo ? error : databaseError(error)
  } finally {
    client.release(broken)
  }
}

/** `{id,id}`: safe to write into a statement, for nothing but UUIDs passes. */
export function tenantArray(tenantIds: Iterable<string>): string {
  const ids = [...new Set(tenantIds)]
  for (const id of ids) {
    if (!isUuid(id))
      throw new NxError('bug', 'NX-DB-TENANT', 'A tenant id is not a UUID', {
        detail: `'${id.slice(0, 60)}'`,
      })
  }
  return `{${ids.join(',')}}`
}
