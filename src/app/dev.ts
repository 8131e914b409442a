import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { errorText, NxError } from '../kernel/errors.ts'
import type { Settings } from './config/settings.ts'
import { startDaemon } from './daemon/start-daemon.ts'
import { createLogger, logFile, standardErrorLog } from './logger.ts'
import { startLocalStack } from './stack/local-stack.ts'
import { untilToldToStop } from './until-told-to-stop.ts'

export interface DevOptions {
  /** Logs go to DATA_DIR/daemon.log instead of standard error. */
  readonly quiet: boolean
  /** Prints a line on standard output. */
  readonly print: (line: string) => void
}

/**
 * Postgres, NATS and the daemon in this process's care, in the foreground, until SIGINT, SIGTERM or the end of a server.
 * Prints `ready http=… database=… nats=…` when it serves. Throws when something does not start or ends by itself.
 */
export async function runDev(settings: Settings, { quiet, print }: DevOptions): Promise<void> {
  await mkdir(settings.dataDir, { recursive: true, mode: 0o700 })
  // Standard output has the ready line alone, so that a script can read it without sorting.
  const destination = quiet ? logFile(join(settings.dataDir, 'daemon.log')) : standardErrorLog()
  const logger = createLogger(settings.logLevel, destination)
  // Signals during the start end the process; the servers' guards then stop the servers.
  const stack = await startLocalStack({ dataDir: settings.dataDir, logger })
  try {
    const daemon = await startDaemon(stack.settings(settings), { logger })
    try {
      await stack.writeEnv(daemon.url, daemon.opsUrl)
      print(
        `ready http=${daemon.url} database=${withoutPassword(stack.databaseUrl)} nats=${withoutPassword(stack.natsUrl)}`,
      )
      const reason = await untilToldToStop(stack.failed, () => daemon.abort())
      if ('failure' in reason) {
        throw new NxError('unreachable', 'NX-DEV-SERVER-ENDED', `${reason.failure} ended by itself`, {
          detail: `Its log is in ${settings.dataDir}.`,
          fix: 'Start `neuronx dev` again; the data is kept.',
        })
      }
      logger.info(reason, 'Stopping')
    } finally {
      await daemon
        .stop()
        .catch((error: unknown) =>
          logger.warn({ error: errorText(error) }, 'The daemon did not stop cleanly'),
        )
    }
  } finally {
    await stack.stop()
  }
}

function withoutPassword(url: string): string {
  const shown = new URL(url)
  shown.password = ''
  return shown.href
}
