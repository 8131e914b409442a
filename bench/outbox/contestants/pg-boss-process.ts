import pg from 'pg'
import { PgBoss } from 'pg-boss'
import { CommitWatch } from '../commit-watch.ts'
import { countWork, createWorkTables, doWork, doWorkTogether, leadJobs } from '../durable-work.ts'
import type { LeadJob } from '../durable-work.ts'
import { serveContestant } from './serve-contestant.ts'

export interface PgBossStart {
  readonly databaseUrl: string
  readonly batchSize: number
  readonly localConcurrency: number
  /** Does the handler do the work of its batch in one statement, or each job's in one of its own? */
  readonly work: 'together' | 'one by one'
}

const queue = 'lead.created'
const watch = new CommitWatch()
let options: PgBossStart
let pool: pg.Pool
let boss: PgBoss

const insert = async (phase: string, from: number, count: number): Promise<void> => {
  const jobs = leadJobs(phase, from, count)
  await boss.insert(
    queue,
    jobs.map((job) => ({ data: job })),
  )
}

let working: Promise<unknown> | null = null

/** As its documentation recommends for throughput: batches, several workers, bursts while batches are full, LISTEN/NOTIFY. */
const work = async (): Promise<void> => {
  const { batchSize, localConcurrency } = options
  working ??= boss.work<LeadJob>(
    queue,
    { batchSize, localConcurrency, pollingIntervalSeconds: 0.5, burstWhenBatchFull: true },
    async (jobs) => {
      const leads = jobs.map(({ data }) => data)
      if (options.work === 'together') await doWorkTogether(pool, leads)
      else await Promise.all(leads.map(async (lead) => await doWork(pool, lead)))
      for (const { id } of leads) watch.committed(id)
    },
  )
  await working
}

serveContestant<PgBossStart>({
  watch,
  insert,
  work,
  start: async (start: PgBossStart): Promise<void> => {
    options = start
    pool = new pg.Pool({ connectionString: start.databaseUrl, max: 25 })
    await pool.query(createWorkTables)
    boss = new PgBoss({
      connectionString: start.databaseUrl,
      max: start.localConcurrency + 8,
      useListenNotify: true,
    })
    boss.on('error', (error) => process.stderr.write(`pg-boss: ${error.message}\n`))
    await boss.start()
    await boss.createQueue(queue, { notify: true })
  },
  count: async () => await countWork(pool),
})
