import { makeWorkerUtils } from 'graphile-worker'
import type { WorkerUtils } from 'graphile-worker'
import pg from 'pg'
import { logger, runWorker } from '../../pipeline/contestants/graphile.ts'
import type { GraphileOptions } from '../../pipeline/contestants/graphile.ts'
import { CommitWatch } from '../commit-watch.ts'
import { countWork, createWorkTables, doWork, leadJobs } from '../durable-work.ts'
import type { LeadJob } from '../durable-work.ts'
import { serveContestant } from './serve-contestant.ts'

const identifier = 'lead.created'
const watch = new CommitWatch()
let options: GraphileOptions
let pool: pg.Pool
let utils: WorkerUtils

const insert = async (phase: string, from: number, count: number): Promise<void> => {
  const jobs = leadJobs(phase, from, count)
  await utils.addJobs(jobs.map((job) => ({ identifier, payload: job })))
}

let working: Promise<void> | null = null

const work = async (): Promise<void> => {
  working ??= runWorker(options, {
    [identifier]: async (payload, { withPgClient }) => {
      const job = payload as LeadJob
      await withPgClient(async (client) => await doWork(client, job))
      watch.committed(job.id)
    },
  })
  await working
}

serveContestant<GraphileOptions>({
  watch,
  insert,
  work,
  start: async (start: GraphileOptions): Promise<void> => {
    options = start
    pool = new pg.Pool({ connectionString: start.databaseUrl, max: 2 })
    await pool.query(createWorkTables)
    utils = await makeWorkerUtils({ connectionString: start.databaseUrl, logger })
    await utils.migrate()
  },
  count: async () => await countWork(pool),
})
