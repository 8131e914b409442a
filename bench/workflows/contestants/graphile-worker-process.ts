import { makeWorkerUtils } from 'graphile-worker'
import type { WorkerUtils } from 'graphile-worker'
import pg from 'pg'
import { CommitWatch } from '../../outbox/commit-watch.ts'
import { serveContestant } from '../../outbox/contestants/serve-contestant.ts'
import { logger, runWorker } from '../../pipeline/contestants/graphile.ts'
import type { GraphileOptions } from '../../pipeline/contestants/graphile.ts'
import { advance, countAdvanced, createInstanceTables, insertInstances, instanceIds } from './peer-work.ts'

const identifier = 'wake'
const watch = new CommitWatch()
let options: GraphileOptions
let pool: pg.Pool
let utils: WorkerUtils

/** An instance that sleeps is a job with a time, which is over. */
const insert = async (phase: string, from: number, count: number): Promise<void> => {
  const ids = instanceIds(phase, from, count)
  await pool.query(insertInstances, [ids])
  await utils.addJobs(ids.map((id) => ({ identifier, payload: { id }, runAt: new Date(0) })))
}

/** The next sleep is a job too, added in the same statement: nothing is lost between the two. */
const wake = `${advance} returning graphile_worker.add_job('wake', json_build_object('id', $1::text, 'again', true), run_at := now() + interval '2 days')`

let working: Promise<void> | null = null

const work = async (): Promise<void> => {
  working ??= runWorker(options, {
    [identifier]: async (payload, { withPgClient }) => {
      const { id } = payload as { readonly id: string }
      await withPgClient(async (client) => await client.query({ name: 'wake', text: wake, values: [id] }))
      watch.committed(id)
    },
  })
  await working
}

serveContestant<GraphileOptions>({
  watch,
  insert,
  work,
  start: async (start) => {
    options = start
    pool = new pg.Pool({ connectionString: start.databaseUrl, max: 2 })
    await pool.query(createInstanceTables)
    utils = await makeWorkerUtils({ connectionString: start.databaseUrl, logger })
    await utils.migrate()
  },
  count: async () => await countAdvanced(pool),
})
