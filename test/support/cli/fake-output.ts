import { outputOn } from '../../../src/cli/output.ts'
import type { Output } from '../../../src/cli/output.ts'

/** An output into memory: a terminal of `columns`, or a pipe when there are none. */
export function fakeOutput(
  options: { columns?: number; environment?: Record<string, string> } = {},
): Output & {
  readonly printed: string[]
  readonly told: string[]
} {
  const printed: string[] = []
  const told: string[] = []
  const terminal = options.columns === undefined ? {} : { isTTY: true, columns: options.columns }
  const output = outputOn(
    { write: (text) => printed.push(text), ...terminal },
    { write: (text) => told.push(text), ...terminal },
    options.environment ?? {},
  )
  return { ...output, printed, told }
}
