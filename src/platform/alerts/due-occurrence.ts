import type { Alert, AlertSeverity } from './alert.ts'
import type { AlertNotice } from './alert-notices.ts'

/** The part of a route that decides whether it is to be told. */
export interface RouteTerms {
  readonly name: string
  readonly severities: readonly AlertSeverity[] | null
  readonly codes: readonly string[] | null
  readonly repeatEveryMs: number | null
  readonly resolved: boolean
}

/** More repeats than this tell nobody anything new. */
const repeatsMax = 100

/**
 * What a route is to be told of an alert now; null: nothing. Once that it is there, again every `repeatEvery` while it is open,
 * and once that it is over if it was told that it is there. Nothing that was told, or withheld, is told again.
 */
export function dueOccurrence(
  route: RouteTerms,
  alert: Alert,
  notices: readonly AlertNotice[],
  now: Date,
): string | null {
  if (route.severities !== null && !route.severities.includes(alert.severity)) return null
  if (route.codes !== null && !route.codes.includes(alert.code)) return null
  const told = new Map(
    notices.filter(({ route: name }) => name === route.name).map((notice) => [notice.occurrence, notice]),
  )
  if (alert.status === 'resolved')
    return route.resolved && told.get('raised')?.sent === true && !told.has('resolved') ? 'resolved' : null
  const raised = told.get('raised')
  if (raised === undefined) return 'raised'
  if (alert.status !== 'open' || route.repeatEveryMs === null || !raised.sent) return null
  const repeat = Math.floor((now.getTime() - Date.parse(raised.at)) / route.repeatEveryMs)
  // Of several that were missed while nothing ran, one is enough.
  const occurrence = `repeat-${repeat}`
  return repeat < 1 || repeat > repeatsMax || told.has(occurrence) ? null : occurrence
}
