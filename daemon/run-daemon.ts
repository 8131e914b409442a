import type { Settings } from '../src/app/config/settings.ts'
import { startDaemon } from '../src/app/daemon/start-daemon.ts'
import { createLogger } from '../src/app/logger.ts'
import { untilToldToStop } from '../src/app/until-told-to-stop.ts'

const never = new Promise<string>(() => {})

/**
 * The daemon in the foreground: logs JSON lines to standard output, drains on the first SIGTERM or SIGINT, breaks off calls
 * under way on the second. Throws what `startDaemon` throws.
 */
export async function runDaemon(settings: Settings): Promise<void> {
  const logger = createLogger(settings.logLevel)
  const daemon = await startDaemon(settings, { logger })
  const reason = await untilToldToStop(never, () => daemon.abort())
  logger.info(reason, 'Draining')
  await daemon.stop()
  logger.info({}, 'Stopped')
}
