import { pino } from 'pino'
import type { DestinationStream, Logger as PinoLogger } from 'pino'
import { systemClock } from '../kernel/clock.ts'
import type { Settings } from './config/settings.ts'

/** JSON lines with level names and RFC 3339 times. Written as they come, so that a crash loses none. */
export function createLogger(level: Settings['logLevel'], destination?: DestinationStream): PinoLogger {
  const options = {
    level,
    base: null,
    timestamp: () => `,"time":"${systemClock.now().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    messageKey: 'message',
  }
  return destination === undefined ? pino(options) : pino(options, destination)
}

/** A destination that appends to a file, readable by its owner alone. */
export function logFile(path: string): DestinationStream {
  return pino.destination({ dest: path, mkdir: true, mode: 0o600, sync: true })
}

/** A destination on standard error, for processes whose standard output is read by others. */
export function standardErrorLog(): DestinationStream {
  return pino.destination({ dest: 2, sync: true })
}
