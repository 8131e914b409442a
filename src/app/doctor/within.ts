import { errorText, NxError } from '../../kernel/errors.ts'
import { fail } from './finding.ts'
import type { CheckResult } from './finding.ts'

/**
 * Runs one look with a deadline of its own: what hangs or fails becomes a finding, never an end of the others. A look that comes
 * too late is left to end by itself.
 */
export async function within(
  check: string,
  deadlineMs: number,
  look: () => Promise<readonly CheckResult[]>,
): Promise<readonly CheckResult[]> {
  let timer: NodeJS.Timeout | undefined
  try {
    const deadline = new Promise<readonly CheckResult[]>((resolve) => {
      timer = setTimeout(() => {
        const seconds = Math.round(deadlineMs / 1_000)
        resolve([
          fail(
            check,
            `Could not be looked at: no answer within ${seconds} s`,
            'Run it again with a larger --timeout',
          ),
        ])
      }, deadlineMs)
    })
    return await Promise.race([look(), deadline])
  } catch (error) {
    return [failed(check, error)]
  } finally {
    clearTimeout(timer)
  }
}

/** A failure as a finding, with its own fix. */
export function failed(check: string, error: unknown): CheckResult {
  if (!(error instanceof NxError)) return fail(check, `Could not be looked at: ${errorText(error)}`, null)
  const detail = error.detail === undefined ? '' : `: ${error.detail}`
  return fail(check, `${error.code} ${error.message}${detail}`, error.fix ?? null)
}
