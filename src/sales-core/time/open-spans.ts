import type { DaySpan } from '../kinds/people/week-hours.ts'
import { offsetSpanAt } from './zone-offsets.ts'

/** Hours of a week in a zone, with the days that have others. */
export interface WorkingHours {
  readonly zone: string
  /** By weekday, Monday first; in order, without overlap; empty: closed. */
  readonly week: ReadonlyArray<readonly DaySpan[]>
  /** By local day (days since 1970-01-01): hours instead of the week's; empty: closed. */
  readonly holidays: ReadonlyMap<number, readonly DaySpan[]>
}

/** A stretch of open time, milliseconds since 1970; `to` is the first one after. */
export interface OpenSpan {
  readonly from: number
  readonly to: number
}

export const dayMs = 86_400_000
const minuteMs = 60_000

/** The hours of a local day. */
export function hoursOfDay({ week, holidays }: WorkingHours, day: number): readonly DaySpan[] {
  // 1970-01-01 was a Thursday.
  return holidays.get(day) ?? week[(((day + 3) % 7) + 7) % 7] ?? []
}

/**
 * Open time from an instant on, in order, until the instant `limitMs`: open is when a clock on the wall shows a time within the
 * hours of its day. So hours that a change of clocks leaves out are no open time, and hours that come twice count twice.
 */
export function* openSpans(hours: WorkingHours, fromMs: number, limitMs: number): Generator<OpenSpan> {
  let at = fromMs
  while (at < limitMs) {
    const season = offsetSpanAt(hours.zone, at)
    const day = Math.floor((at + season.offset) / dayMs)
    // The rest of this local day, or of the season when that ends first.
    const rest = Math.min((day + 1) * dayMs - season.offset, season.to, limitMs)
    for (const span of hoursOfDay(hours, day)) {
      const from = Math.max(day * dayMs + span.from * minuteMs - season.offset, at)
      const to = Math.min(day * dayMs + span.to * minuteMs - season.offset, rest)
      if (from < to) yield { from, to }
    }
    at = rest
  }
}
