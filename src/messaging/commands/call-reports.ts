import type { CallReport, CallReports } from './gate.ts'

export const noReports: CallReports = {
  ups: 0,
  downs: 0,
  credentials: 0,
  pauseMs: null,
  reason: null,
  remaining: null,
  probe: null,
}

/** The sum with one more attempt's report. */
export function addReport(sum: CallReports, report: CallReport, probe: boolean): CallReports {
  const { health, pauseMs, reason, remaining } = report
  return {
    ups: sum.ups + (health === 'up' ? 1 : 0),
    downs: sum.downs + (health === 'down' ? 1 : 0),
    credentials: sum.credentials + (health === 'credentials' ? 1 : 0),
    pauseMs: most(sum.pauseMs, pauseMs),
    reason: reason ?? sum.reason,
    remaining: least(sum.remaining, remaining),
    probe: probe ? health : sum.probe,
  }
}

/** Does the gate have to know at once? Plain successes can wait for the next batch that does. */
export function isUrgent({ downs, credentials, pauseMs, remaining, probe }: CallReports): boolean {
  return downs > 0 || credentials > 0 || pauseMs !== null || remaining !== null || probe !== null
}

function most(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b
  return Math.max(a, b)
}

function least(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b
  return Math.min(a, b)
}
