import type { Settings } from '../src/app/config/settings.ts'
import { startDaemon } from '../src/app/daemon/start-daemon.ts'
import { createLogger } from '../src/app/logger.ts'
import { untilToldToStop } from '../src/app/until-told-to-stop.ts'

const never = new Promise<string>(() => {})

/** How long a drain may take: longer than the longest call, shorter than a service manager's patience (90 s). */
const drainMsMax = 75_000
/** "Try later", as the CLI's exit codes have it: work was left to the leases' expiry. */
const exitDrainIncomplete = 75

/**
 * The daemon in the foreground: logs JSON lines to standard output, drains on the first SIGTERM or SIGINT, breaks off calls
 * under way on the second. A drain that cannot end (the database is gone) is given up after 75 s with exit code 75; nothing is lost by
 * it: leases expire and others go on. Throws what `startDaemon` throws.
 */
export async function runDaemon(settings: Settings): Promise<void> {
  const logger = createLogger(settings.logLevel)
  const daemon = await startDaemon(settings, { logger })
  const reason = await untilToldToStop(never, () => daemon.abort())
  logger.info(reason, 'Draining')
  const deadline = setTimeout(() => {
    logger.error({ afterMs: drainMsMax }, 'The drain did not end; what is under way is left to its leases')
    process.exit(exitDrainIncomplete)
  }, drainMsMax)
  await daemon.stop()
  clearTimeout(deadline)
  logger.info({}, 'Stopped')
}
