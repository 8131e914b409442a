import { Logger, makeWorkerUtils, run } from 'graphile-worker'
import pg from 'pg'
import { serveRequests } from '../harness/child-process.ts'
import { openEventServer } from './event-server.ts'
import type { IncomingLead } from './event-server.ts'
import { createLeadState, scoreOf, writeLead } from './lead-state.ts'
import { leadOf } from './event-server.ts'
import { openSinkClient } from './sink-client.ts'

export interface GraphileStart {
  readonly databaseUrl: string
  readonly sinkOrigin: string
  readonly concurrentJobs: number
  readonly maxPoolSize: number
  readonly localQueueSize: number
  readonly batchDelayMs: number
}

/** Notices of the library's own are not wanted in the report; what goes wrong is. */
const logger = new Logger(() => (level, message) => {
  if (level === 'error' || level === 'warning') process.stderr.write(`graphile-worker: ${message}\n`)
})

const handlers = {
  /** As the performance page of its documentation recommends for throughput: local queue, batched completion, addJobs. */
  start: async (options: GraphileStart): Promise<string> => {
    await createTable(options.databaseUrl)
    const sink = openSinkClient(options.sinkOrigin, options.concurrentJobs)
    await run({
      preset: {
        worker: {
          connectionString: options.databaseUrl,
          concurrentJobs: options.concurrentJobs,
          maxPoolSize: options.maxPoolSize,
          localQueue: { size: options.localQueueSize },
          completeJobBatchDelay: options.batchDelayMs,
          failJobBatchDelay: options.batchDelayMs,
        },
      },
      noHandleSignals: true,
      logger,
      taskList: {
        'lead.created': async (payload, { job, withPgClient }) => {
          const event = payload as IncomingLead
          await withPgClient(async (client) => await writeLead(client, event))
          await sink.hit(job.id, leadOf(event), scoreOf(event))
        },
      },
    })
    const { addJobs } = await makeWorkerUtils({ connectionString: options.databaseUrl, logger })
    return await openEventServer(async (events) => {
      await addJobs(events.map((event) => ({ identifier: 'lead.created', payload: event })))
    })
  },
}

async function createTable(databaseUrl: string): Promise<void> {
  const client = new pg.Client(databaseUrl)
  await client.connect()
  await client.query(createLeadState)
  await client.end()
}

export type GraphileHandlers = typeof handlers

serveRequests(handlers)
