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

function clamp(ms: number): number {
  return Math.min(Math.max(0, Math.ceil(ms)), retryAfterMsMax)
}
