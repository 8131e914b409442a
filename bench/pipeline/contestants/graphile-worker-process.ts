import { makeWorkerUtils } from 'graphile-worker'
import pg from 'pg'
import { serveRequests } from '../harness/child-process.ts'
import { openEventServer } from './event-server.ts'
import type { IncomingLead } from './event-server.ts'
import { logger, runWorker } from './graphile.ts'
import type { GraphileOptions } from './graphile.ts'
import { createLeadState, scoreOf, writeLead } from './lead-state.ts'
import { leadOf } from './event-server.ts'
import { openSinkClient } from './sink-client.ts'

export interface GraphileStart extends GraphileOptions {
  readonly sinkOrigin: string
}

const handlers = {
  start: async (options: GraphileStart): Promise<string> => {
    await createTable(options.databaseUrl)
    const sink = openSinkClient(options.sinkOrigin, options.concurrentJobs)
    await runWorker(options, {
      'lead.created': async (payload, { job, withPgClient }) => {
        const event = payload as IncomingLead
        await withPgClient(async (client) => await writeLead(client, event))
        await sink.hit(job.id, leadOf(event), scoreOf(event))
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
