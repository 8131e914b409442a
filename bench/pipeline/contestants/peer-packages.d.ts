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

  export interface WorkerUtils {
    readonly addJobs: (specs: readonly JobSpec[]) => Promise<readonly unknown[]>
    readonly migrate: () => Promise<void>
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

declare module 'pg-transactional-outbox' {
  import type { ClientBase } from 'pg'

  interface Table {
    readonly outboxOrInbox: 'inbox'
    readonly database: string
    readonly schema: string
    readonly table: string
    readonly listenerRole: string
    readonly nextMessagesName: string
  }

  interface Connection {
    readonly connectionString: string
    readonly max: number
  }

  interface ListenerOptions {
    readonly outboxOrInbox: 'inbox'
    readonly dbListenerConfig: Connection
    readonly dbHandlerConfig: Connection
    readonly settings: {
      readonly dbSchema: string
      readonly dbTable: string
      readonly enableMaxAttemptsProtection: boolean
      readonly enablePoisonousMessageProtection: boolean
      readonly nextMessagesBatchSize: number
      readonly nextMessagesFunctionName: string
      readonly nextMessagesPollingIntervalInMs: number
    }
  }

  interface Handler {
    readonly aggregateType: string
    readonly messageType: string
    handle(message: { readonly payload: unknown }, client: ClientBase): Promise<void>
  }

  export const DatabaseSetup: {
    dropAndCreateTable(table: Table): string
    createPollingFunction(table: Table): string
    setupPollingIndexes(table: Table): string
  }
  export function getDisabledLogger(): object
  export function initializePollingMessageListener(
    options: ListenerOptions,
    handlers: readonly Handler[],
    logger: object,
  ): readonly [() => Promise<void>]
}
