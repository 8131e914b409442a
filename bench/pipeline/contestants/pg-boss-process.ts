import pg from 'pg'
import { PgBoss } from 'pg-boss'
import { serveRequests } from '../harness/child-process.ts'
import { leadOf, openEventServer } from './event-server.ts'
import type { IncomingLead } from './event-server.ts'
import { createLeadState, scoreOf, writeLead, writeLeads } from './lead-state.ts'
import { openSinkClient } from './sink-client.ts'

export interface PgBossStart {
  readonly databaseUrl: string
  readonly sinkOrigin: string
  readonly batchSize: number
  readonly localConcurrency: number
  /** Does the handler write the rows of its batch in one statement, or one for each job? */
  readonly rows: 'together' | 'one by one'
}

const queue = 'lead.created'
const rowConnections = 25

const handlers = {
  /** As its documentation recommends for throughput: insert(), batches, several workers, bursts while batches are full. */
  start: async (options: PgBossStart): Promise<string> => {
    const { databaseUrl, sinkOrigin, batchSize, localConcurrency, rows } = options
    const pool = new pg.Pool({ connectionString: databaseUrl, max: rowConnections })
    await pool.query(createLeadState)
    const sink = openSinkClient(sinkOrigin, 64)
    const boss = new PgBoss({
      connectionString: databaseUrl,
      max: localConcurrency + 8,
      useListenNotify: true,
    })
    boss.on('error', (error) => process.stderr.write(`pg-boss: ${error.message}\n`))
    await boss.start()
    await boss.createQueue(queue, { notify: true })
    await boss.work<IncomingLead>(
      queue,
      { batchSize, localConcurrency, pollingIntervalSeconds: 0.5, burstWhenBatchFull: true },
      async (jobs) => {
        if (rows === 'together')
          await writeLeads(
            pool,
            jobs.map(({ data }) => data),
          )
        await Promise.all(
          jobs.map(async ({ id, data }) => {
            if (rows === 'one by one') await writeLead(pool, data)
            await sink.hit(id, leadOf(data), scoreOf(data))
          }),
        )
      },
    )
    return await openEventServer(async (events) => {
      await boss.insert(
        queue,
        events.map((event) => ({ data: event })),
      )
    })
  },
}

export type PgBossHandlers = typeof handlers

serveRequests(handlers)
