import { DBOS } from '@dbos-inc/dbos-sdk'
import pg from 'pg'
import { setTimeout as pause } from 'node:timers/promises'
import { CommitWatch } from '../../outbox/commit-watch.ts'
import { serveContestant } from '../../outbox/contestants/serve-contestant.ts'
import { monotonicMs } from '../../pipeline/harness/monotonic-ms.ts'
import { advance, countAdvanced, createInstanceTables, insertInstances, instanceIds } from './peer-work.ts'

export interface DbosStart {
  readonly databaseUrl: string
  readonly systemPoolSize: number
  readonly poolSize: number
  /** Everybody sleeps until then, counted from the start: long enough for all to lie down. */
  readonly asleepMs: number
}

const startsAtOnce = 50
const watch = new CommitWatch()
let pool: pg.Pool
let wakeMs = 0

async function followUp(id: string): Promise<void> {
  await DBOS.sleep(Math.max(1, wakeMs - monotonicMs()))
  await DBOS.runStep(async () => void (await pool.query({ name: 'advance', text: advance, values: [id] })), {
    name: 'ask',
  })
  watch.committed(id)
  await DBOS.sleep(2 * 86_400_000)
}

const workflow = DBOS.registerWorkflow(followUp, { name: 'follow-up' })

const insert = async (phase: string, from: number, count: number): Promise<void> => {
  const ids = instanceIds(phase, from, count)
  await pool.query(insertInstances, [ids])
  for (let at = 0; at < ids.length; at += startsAtOnce)
    await Promise.all(
      ids
        .slice(at, at + startsAtOnce)
        .map(async (id) => await DBOS.startWorkflow(workflow, { workflowID: id })(id)),
    )
  if (monotonicMs() > wakeMs)
    throw new Error('The first woke before the last had lain down: give fewer with --dbos-wakes')
}

serveContestant<DbosStart>({
  watch,
  insert,
  /** They wake by themselves: what is measured begins with that. */
  work: async () => {},
  untilDue: async () => await pause(Math.max(0, wakeMs - monotonicMs())),
  start: async ({ databaseUrl, systemPoolSize, poolSize, asleepMs }) => {
    pool = new pg.Pool({ connectionString: databaseUrl, max: poolSize })
    await pool.query(createInstanceTables)
    DBOS.setConfig({
      name: 'bench',
      systemDatabaseUrl: databaseUrl,
      systemDatabasePoolSize: systemPoolSize,
      logLevel: 'error',
    })
    await DBOS.launch()
    wakeMs = monotonicMs() + asleepMs
  },
  count: async () => await countAdvanced(pool),
})
