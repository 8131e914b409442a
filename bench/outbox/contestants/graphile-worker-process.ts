import { Logger, makeWorkerUtils, run } from 'graphile-worker'
import type { WorkerUtils } from 'graphile-worker'
import pg from 'pg'
import { CommitWatch } from '../commit-watch.ts'
import { countWork, createWorkTables, doWork, leadJobs } from '../durable-work.ts'
import type { LeadJob } from '../durable-work.ts'
import { serveContestant } from './serve-contestant.ts'

export interface GraphileStart {
  readonly databaseUrl: string
  readonly concurrentJobs: number
  readonly maxPoolSize: number
  readonly localQueueSize: number
  readonly batchDelayMs: number
}

const identifier = 'lead.created'
const watch = new CommitWatch()
let options: GraphileStart
let pool: pg.Pool
let utils: WorkerUtils

/** Notices of the library's own are not wanted in the report; what goes wrong is. */
const logger = new Logger(() => (level, message) => {
  if (level === 'error' || level === 'warning') process.stderr.write(`graphile-worker: ${message}\n`)
})

const insert = async (phase: string, from: number, count: number): Promise<void> => {
  const jobs = leadJobs(phase, from, count)
  await utils.addJobs(jobs.map((job) => ({ identifier, payload: job })))
}

let working: Promise<unknown> | null = null

/** As the performance page of its documentation recommends for throughput: local queue, batched completion. */
const work = async (): Promise<void> => {
  const { databaseUrl, concurrentJobs, maxPoolSize, localQueueSize, batchDelayMs } = options
  working ??= run({
    preset: {
      worker: {
        connectionString: databaseUrl,
        concurrentJobs,
        maxPoolSize,
        localQueue: { size: localQueueSize },
        completeJobBatchDelay: batchDelayMs,
        failJobBatchDelay: batchDelayMs,
      },
    },
    noHandleSignals: true,
    logger,
    taskList: {
      [identifier]: async (payload, { withPgClient }) => {
        const job = payload as LeadJob
        await withPgClient(async (client) => await doWork(client, job))
        watch.committed(job.id)
      },
    },
  })
  await working
}

serveContestant<GraphileStart>({
  watch,
  insert,
  work,
  start: async (start: GraphileStart): Promise<void> => {
    options = start
    pool = new pg.Pool({ connectionString: start.databaseUrl, max: 2 })
    await pool.query(createWorkTables)
    utils = await makeWorkerUtils({ connectionString: start.databaseUrl, logger })
    await utils.migrate()
  },
  count: async () => await countWork(pool),
})
