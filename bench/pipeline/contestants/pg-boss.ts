import { startChild } from '../harness/child-process.ts'
import type { Contestant, RunningContestant, Variant } from './contestant.ts'
import type { PgBossHandlers, PgBossStart } from './pg-boss-process.ts'

/** pg-boss in one process with the same HTTP in and out; its handler writes the rows of a batch in one statement. */
export const pgBoss: Contestant = {
  name: 'pg-boss',
  usesNats: false,
  variants: [variant(50, 4, 'together'), variant(100, 2, 'together'), variant(200, 2, 'together')],
}

/** The same with the handler that the other contestants have: each job writes its own row. */
export const pgBossRows: Contestant = {
  name: 'pg-boss-rows',
  usesNats: false,
  variants: [variant(50, 4, 'one by one'), variant(200, 2, 'one by one')],
}

function variant(batchSize: number, localConcurrency: number, rows: PgBossStart['rows']): Variant {
  return {
    title: `${localConcurrency} workers, batches of ${batchSize}, rows written ${rows}`,
    start: async ({ postgres, sinkOrigin }): Promise<RunningContestant> => {
      const child = startChild<PgBossHandlers>(new URL('pg-boss-process.ts', import.meta.url))
      try {
        const databaseUrl = postgres.superuserUrl('postgres')
        const origin = await child.request('start', {
          databaseUrl,
          sinkOrigin,
          batchSize,
          localConcurrency,
          rows,
        })
        return {
          target: { origin, authorization: null },
          pid: child.pid,
          [Symbol.asyncDispose]: async () => await child[Symbol.asyncDispose](),
        }
      } catch (error) {
        await child[Symbol.asyncDispose]()
        throw error
      }
    },
  }
}
