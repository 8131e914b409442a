// The parts of the peers' packages that the benchmark uses. They are installed only when a benchmark runs, so the type check
// of a fresh clone does not see theirs.

declare module 'graphile-worker' {
  import type { PoolClient } from 'pg'

  interface JobSpec {
    readonly identifier: string
    readonly payload: unknown
  }

  interface JobHelpers {
    readonly job: { readonly id: string }
    withPgClient<T>(callback: (client: PoolClient) => Promise<T>): Promise<T>
  }

  interface WorkerUtils {
    readonly addJobs: (specs: readonly JobSpec[]) => Promise<readonly unknown[]>
  }

  interface RunnerOptions {
    readonly preset: {
      readonly worker: {
        readonly connectionString: string
        readonly concurrentJobs: number
        readonly maxPoolSize: number
        readonly localQueue: { readonly size: number }
        readonly completeJobBatchDelay: number
        readonly failJobBatchDelay: number
      }
    }
    readonly noHandleSignals: boolean
    readonly logger: Logger
    readonly taskList: Readonly<Record<string, (payload: unknown, helpers: JobHelpers) => Promise<void>>>
  }

  export class Logger {
    constructor(factory: () => (level: string, message: string) => void)
  }
  export function run(options: RunnerOptions): Promise<unknown>
  export function makeWorkerUtils(options: {
    readonly connectionString: string
    readonly logger: Logger
  }): Promise<WorkerUtils>
}

declare module 'pg-boss' {
  interface WorkOptions {
    readonly batchSize: number
    readonly localConcurrency: number
    readonly pollingIntervalSeconds: number
    readonly burstWhenBatchFull: boolean
  }

  export class PgBoss {
    constructor(options: {
      readonly connectionString: string
      readonly max: number
      readonly useListenNotify: boolean
    })
    on(event: 'error', listener: (error: Error) => void): this
    start(): Promise<this>
    createQueue(name: string, options: { readonly notify: boolean }): Promise<void>
    insert(queue: string, jobs: readonly { readonly data: object }[]): Promise<readonly string[] | null>
    work<Data>(
      queue: string,
      options: WorkOptions,
      handler: (jobs: readonly { readonly id: string; readonly data: Data }[]) => Promise<void>,
    ): Promise<string>
  }
}
