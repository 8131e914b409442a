import { parentPort, workerData } from 'node:worker_threads'
import { openDatabase } from '../../adapters/postgres/database.ts'
import { systemClock } from '../../kernel/clock.ts'
import type { Logger } from '../../kernel/logger.ts'
import type { SourceSettings } from '../config/source-settings.ts'
import { composeSourceLoop } from './compose-source-loop.ts'

/** What the thread is given. */
export interface SourceWorkerData {
  readonly databaseUrl: string
  readonly migrationsFolder: string | null
  readonly sources: readonly SourceSettings[]
  readonly dataDir: string
  readonly daemonId: string
}

type LogLevel = keyof Logger

/** What the thread tells the daemon. */
export type SourceWorkerMessage =
  | { readonly kind: 'log'; readonly level: LogLevel; readonly fields: object; readonly message: string }
  /** Something was applied, or its rollout has begun. */
  | { readonly kind: 'applied' }
  /** How it goes; `rounds` grows with every round that met no trouble. */
  | {
      readonly kind: 'progress'
      readonly counters: Readonly<Record<string, number>>
      readonly rounds: number
    }

const progressMs = 1_000

/** Follows the sources until the daemon says `stop`, over connections of its own. Only as the main function of a worker thread. */
export async function runSourceWorker(): Promise<void> {
  if (parentPort === null) throw new Error('This is no worker thread')
  const port = parentPort
  const { databaseUrl, migrationsFolder, sources, dataDir, daemonId } = workerData as SourceWorkerData
  const tell = (message: SourceWorkerMessage): void => port.postMessage(message)
  const logger = loggerTo(tell)
  const stopped = new Promise<void>((resolve) => port.once('message', () => resolve()))
  await using database = await openDatabase(databaseUrl, {
    logger,
    clock: systemClock,
    applicationName: 'neuronx config sources',
    appConnectionsMax: 2,
    relayConnectionsMax: 1,
    ...(migrationsFolder === null ? {} : { migrationsFolder }),
  })
  const onApplied = (): void => tell({ kind: 'applied' })
  const loop = composeSourceLoop({
    database,
    sources,
    dataDir,
    daemonId,
    clock: systemClock,
    logger,
    onApplied,
  })
  const progress = (): void => tell({ kind: 'progress', counters: { ...loop.counters }, rounds: loop.rounds })
  await loop.start()
  const telling = setInterval(progress, progressMs)
  await stopped
  await loop.stop()
  clearInterval(telling)
  progress()
}

/** One process writes one log: the daemon's. */
function loggerTo(tell: (message: SourceWorkerMessage) => void): Logger {
  const at =
    (level: LogLevel): Logger[LogLevel] =>
    (fields, message) =>
      tell({ kind: 'log', level, fields, message })
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}
