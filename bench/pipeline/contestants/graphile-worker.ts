import { startChild } from '../harness/child-process.ts'
import type { Contestant, RunningContestant, Variant } from './contestant.ts'
import type { GraphileHandlers, GraphileStart } from './graphile-worker-process.ts'

type Tuning = Omit<GraphileStart, 'databaseUrl' | 'sinkOrigin'>

/** graphile-worker in one process with the same HTTP in and out. */
export const graphileWorker: Contestant = {
  name: 'graphile-worker',
  usesNats: false,
  variants: [
    // The configuration behind the figures of its documentation.
    variant({ concurrentJobs: 24, maxPoolSize: 25, localQueueSize: 500, batchDelayMs: 0 }),
    // Its starting point for batching, with a concurrency between the other two.
    variant({ concurrentJobs: 40, maxPoolSize: 41, localQueueSize: 41, batchDelayMs: 25 }),
    variant({ concurrentJobs: 64, maxPoolSize: 65, localQueueSize: 500, batchDelayMs: 0 }),
  ],
}

function variant(tuning: Tuning): Variant {
  const { concurrentJobs, maxPoolSize, localQueueSize, batchDelayMs } = tuning
  return {
    title: `${concurrentJobs} jobs at once, pool ${maxPoolSize}, local queue ${localQueueSize}, batch delay ${batchDelayMs} ms`,
    start: async ({ postgres, sinkOrigin }): Promise<RunningContestant> => {
      const child = startChild<GraphileHandlers>(new URL('graphile-worker-process.ts', import.meta.url))
      try {
        const databaseUrl = postgres.superuserUrl('postgres')
        const origin = await child.request('start', { databaseUrl, sinkOrigin, ...tuning })
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
