/** How far from now something may have been sent. */
export interface ReplayWindow {
  readonly now: Date
  readonly toleranceMs: number
}

/** Is a moment inside the window around now? Both sides: clocks differ. */
export function withinTolerance(at: Date, { now, toleranceMs }: ReplayWindow): boolean {
  return Math.abs(now.getTime() - at.getTime()) <= toleranceMs
}

/** A timestamp as vendors write it; null when it is none. */
export function readTimestamp(text: string, unit: 's' | 'ms' | 'iso'): Date | null {
  const ms =
    unit === 'iso'
      ? Date.parse(text)
      : /^\d{1,20}(\.\d{1,9})?$/.test(text)
        ? Number(text) * (unit === 's' ? 1_000 : 1)
        : Number.NaN
  return Number.isFinite(ms) && Math.abs(ms) <= 8.64e15 ? new Date(ms) : null
}
