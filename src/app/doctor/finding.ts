export type CheckStatus = 'ok' | 'warn' | 'fail'

/** What one check of `doctor` found. */
export interface CheckResult {
  /** Stable, for scripts: `database.reachable`. */
  readonly check: string
  readonly status: CheckStatus
  /** What was found, or why it could not be looked at. */
  readonly found: string
  /** A command or an action; null when there is nothing to do. */
  readonly fix: string | null
}

export function ok(check: string, found: string): CheckResult {
  return { check, status: 'ok', found, fix: null }
}

export function warn(check: string, found: string, fix: string | null): CheckResult {
  return { check, status: 'warn', found, fix }
}

export function fail(check: string, found: string, fix: string | null): CheckResult {
  return { check, status: 'fail', found, fix }
}
