import { Logger, run } from 'graphile-worker'

export interface GraphileOptions {
  readonly databaseUrl: string
  readonly concurrentJobs: number
  readonly maxPoolSize: number
  readonly localQueueSize: number
  readonly batchDelayMs: number
}

/** Notices of the library's own are not wanted in the report; what goes wrong is. */
export const logger = new Logger(() => (level, message) => {
  if (level === 'error' || level === 'warning') process.stderr.write(`graphile-worker: ${message}\n`)
})

type TaskList = Parameters<typeof run>[0]['taskList']

/** As the performance page of its documentation recommends for throughput: local queue, batched completion. */
export async function runWorker(
  { databaseUrl, concurrentJobs, maxPoolSize, localQueueSize, batchDelayMs }: GraphileOptions,
  taskList: TaskList,
): Promise<void> {
  await run({
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
    taskList,
  })
}
