import { processEnvironment } from '../app/config/process-environment.ts'
import type { Environment } from '../app/config/process-environment.ts'
import { isColored, themeOf } from './text/theme.ts'
import type { Theme } from './text/theme.ts'

/** The part of a stream that output needs; process.stdout and a test's buffer both have it. */
export interface OutputStream {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

/** Where a command prints: data to `out`, everything about it to `err`. */
export interface Output {
  /** One line (or several) of data on stdout. */
  print(text: string): void
  /** One line of talk on stderr: progress, warnings, hints. */
  tell(text: string): void
  /** Styles for stdout and for stderr; each knows whether its own stream takes colours. */
  readonly theme: Theme
  readonly errorTheme: Theme
  /** Columns to fit into; null when stdout is not a terminal: then nothing is cut. */
  readonly columns: number | null
  readonly isTerminal: boolean
  /** May box and tick characters be used? */
  readonly unicode: boolean
}

/** Output over two streams under an environment (NO_COLOR, FORCE_COLOR, TERM, LANG). */
export function outputOn(stdout: OutputStream, stderr: OutputStream, environment: Environment): Output {
  const isTerminal = stdout.isTTY === true
  const locale = environment['LC_ALL'] || environment['LC_CTYPE'] || environment['LANG'] || ''
  return {
    print: (text) => void stdout.write(`${text}\n`),
    tell: (text) => void stderr.write(`${text}\n`),
    theme: themeOf(isColored(environment, isTerminal)),
    errorTheme: themeOf(isColored(environment, stderr.isTTY === true)),
    columns: isTerminal ? Math.max(stdout.columns ?? 80, 20) : null,
    isTerminal,
    unicode: isTerminal && /utf-?8/i.test(locale),
  }
}

/** Output of this process. */
export function processOutput(): Output {
  return outputOn(process.stdout, process.stderr, processEnvironment())
}
