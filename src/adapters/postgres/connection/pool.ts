import pg from 'pg'
import { errorText } from '../../../kernel/errors.ts'
import type { Logger } from '../../../kernel/logger.ts'

/** The roles of the schema; see migrations/0001. */
export type DatabaseRole = 'neuronx_app' | 'neuronx_relay' | 'neuronx_control'

export interface PoolOptions {
  readonly url: string
  readonly role: DatabaseRole
  /** Most connections. */
  readonly max: number
  readonly applicationName: string
  readonly connectTimeoutMs: number
  readonly statementTimeoutMs: number
  readonly idleInTransactionTimeoutMs: number
  /** How long a statement waits for a lock. Default: as long as it may take in all. */
  readonly lockTimeoutMs?: number
  readonly logger: Logger
}

const int8 = 20
const timestamptz = 1184

/**
 * Bigints as numbers (positions that may exceed 2^53 are selected as text), times as RFC 3339 UTC with microseconds: the
 * session's time zone is UTC, so `2026-03-05 12:00:00.123456+00` needs two characters changed.
 */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (oid === int8) return Number
    if (oid === timestamptz) return (text: string) => text.replace(' ', 'T').replace(/\+00$/, 'Z')
    return pg.types.getTypeParser(oid, format)
  }) as pg.CustomTypesConfig['getTypeParser'],
}

/**
 * Plans of named statements are kept. Made while a table is small, they would read it whole, and go on doing so as it grows
 * (seen: 5 ms to 74 ms for 200 rows of 32,000). Every hot statement finds its rows by key; those that join input to a table say
 * so with a lateral limit, which no planner can turn round.
 */
const throughKeys = ['seqscan', 'mergejoin', 'material'].map((node) => `-c enable_${node}=off`)

/** How much longer than the server's limit the client waits, for a server that no longer answers at all. */
const graceMs = 1_000

/**
 * The server looks after a silent client within 11 s too, and drops what it held: a client that was cut off can neither close its
 * connection nor end its transaction.
 */
const keepAlives = ['idle=5', 'interval=2', 'count=3'].map((setting) => `-c tcp_keepalives_${setting}`)

/**
 * A pool whose connections work in a role, with limits on statements, set in the startup packet: no round trip, and no
 * moment at which a connection has more rights. Without error handlers pg would end the process with an idle connection.
 */
export function openPool(options: PoolOptions): pg.Pool {
  const { role, statementTimeoutMs, idleInTransactionTimeoutMs, logger } = options
  const { lockTimeoutMs = statementTimeoutMs } = options
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.max,
    application_name: options.applicationName,
    connectionTimeoutMillis: options.connectTimeoutMs,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5_000,
    query_timeout: statementTimeoutMs + graceMs,
    // What is asked of a connection goes out at once, behind what it still works on.
    pipeline: true,
    options: [
      ...throughKeys,
      `-c role=${role}`,
      '-c search_path=neuronx',
      '-c timezone=UTC',
      `-c statement_timeout=${statementTimeoutMs}`,
      `-c idle_in_transaction_session_timeout=${idleInTransactionTimeoutMs}`,
      `-c lock_timeout=${lockTimeoutMs}`,
      ...keepAlives,
    ].join(' '),
    types,
  })
  pool.on('error', (error) =>
    logger.warn({ role, error: errorText(error) }, 'An idle database connection broke'),
  )
  pool.on('connect', (client) => {
    client.on('error', (error) =>
      logger.warn({ role, error: errorText(error) }, 'A database connection broke'),
    )
  })
  return pool
}
