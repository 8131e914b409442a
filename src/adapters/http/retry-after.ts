/** The longest wait a vendor can impose: one day. */
export const retryAfterMsMax = 86_400_000

/**
 * Reads a wait from a header: seconds (also fractions), milliseconds, or an HTTP date. null when it says nothing
 * usable; never negative, never above a day.
 */
export function parseRetryAfter(value: string | undefined, unit: 's' | 'ms', now: Date): number | null {
  if (value === undefined || value.trim() === '') return null
  const text = value.trim()
  if (/^\d+(\.\d+)?$/.test(text)) return clamp(Number(text) * (unit === 's' ? 1_000 : 1))
  // Only HTTP dates: Date.parse alone would also read '-5' as a year.
  if (!/^[A-Za-z]{3,9},? /.test(text)) return null
  const at = Date.parse(text)
  return Number.isNaN(at) ? null : clamp(at - now.getTime())
}

/**
 * What time it was by the clock of who answered: moments in an answer are by that clock, and ours may be far off. Without a readable
 * `date` header: by ours.
 */
export function answeredAt(headers: Readonly<Record<string, string>>, now: Date): Date {
  const { date = '' } = headers
  const at = /^[A-Za-z]{3}, \d{2} /.test(date) ? Date.parse(date) : Number.NaN
  return Number.isNaN(at) ? now : new Date(at)
}

function clamp(ms: number): number {
  return Math.min(Math.max(0, Math.ceil(ms)), retryAfterMsMax)
}
