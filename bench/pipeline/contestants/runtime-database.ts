import { randomBytes } from 'node:crypto'
import pg from 'pg'
import type { PostgresServer } from '../../../src/adapters/embedded/postgres-server.ts'

export interface RuntimeDatabase {
  /** For migrations. */
  readonly ownerUrl: string
  /** A plain login that owns nothing, as neuronx demands. */
  readonly url: string
}

const database = 'bench'
const login = 'bench'

/** An empty database with the two logins that an installation has. */
export async function createRuntimeDatabase(postgres: PostgresServer): Promise<RuntimeDatabase> {
  const password = randomBytes(16).toString('hex')
  const client = new pg.Client(postgres.superuserUrl('postgres'))
  await client.connect()
  try {
    await client.query(`create database ${database}`)
    await client.query(`create role ${login} login password '${password}'`)
  } finally {
    await client.end()
  }
  return {
    ownerUrl: postgres.superuserUrl(database),
    url: `postgres://${login}:${password}@127.0.0.1:${postgres.port}/${database}`,
  }
}
