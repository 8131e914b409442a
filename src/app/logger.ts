import { pino } from 'pino'
import type { DestinationStream, Logger as PinoLogger } from 'pino'
import { systemClock } from '../kernel/clock.ts'
import type { Settings } from './config/settings.ts'

// What JSON leaves as it is and a terminal or a reader of lines does not: C1 controls, line separators, marks that turn text around.
const steering = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

/** The same JSON, in which nothing steers the terminal that shows it: names of leads stand in logs. */
function harmless(line: string): string {
  return line.replace(steering, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** JSON lines with level names and RFC 3339 times. Written as they come, so that a crash loses none. */
export function createLogger(level: Settings['logLevel'], destination?: DestinationStream): PinoLogger {
  const options = {
    level,
    base: null,
    timestamp: () => `,"time":"${systemClock.now().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    messageKey: 'message',
  }
  const out = destination ?? pino.destination({ dest: 1, sync: true })
  return pino(options, { write: (line) => out.write(harmless(line)) })
}

/** A destination that appends to a file, readable by its owner alone. */
export function logFile(path: string): DestinationStream {
  return pino.destination({ dest: path, mkdir: true, mode: 0o600, sync: true })
}

/** A destination on standard error, for processes whose standard output is read by others. */
export function standardErrorLog(): DestinationStream {
  return pino.destination({ dest: 2, sync: true })
}
