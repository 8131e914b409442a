import { formatDuration } from '../../kernel/duration.ts'
import { NxError } from '../../kernel/errors.ts'
import { dayMs, hoursOfDay, openSpans } from './open-spans.ts'
import type { WorkingHours } from './open-spans.ts'
import { instantOfLocal, zoneOffset } from './zone-offsets.ts'

/** Days that are looked through for an opening before a calendar counts as closed for good. */
export const closedDaysMax = 400
/** How far ahead a time may be reckoned at all. */
const horizonMs = 20 * 366 * dayMs

/**
 * Business time of one Calendar: pure, safe across changes of clocks. Instants are milliseconds since 1970. Open is when a clock
 * on the wall of the calendar's zone shows a time within the hours of that day.
 */
export class BusinessClock {
  readonly name: string
  readonly zone: string
  readonly #hours: WorkingHours

  constructor(name: string, hours: WorkingHours) {
    this.name = name
    this.zone = hours.zone
    this.#hours = hours
  }

  isOpen(atMs: number): boolean {
    for (const { from } of openSpans(this.#hours, atMs, atMs + 1)) return from <= atMs
    return false
  }

  /** The instant itself when open, else the next opening. Throws NX-CALENDAR-CLOSED when none comes within 400 days. */
  nextOpen(atMs: number): number {
    for (const { from } of openSpans(this.#hours, atMs, atMs + closedDaysMax * dayMs)) return from
    throw this.#closed(atMs)
  }

  /**
   * The first instant by which so much open time has passed since `atMs`; a time that ends with the day's hours is their end,
   * no time at all is the next opening. Throws NX-CALENDAR-CLOSED when 400 days go by without hours, or it is over 20 years ahead.
   */
  addBusinessMs(atMs: number, ms: number): number {
    if (ms <= 0) return this.nextOpen(atMs)
    let left = ms
    let last = atMs
    for (const { from, to } of openSpans(this.#hours, atMs, atMs + horizonMs)) {
      if (from - last > closedDaysMax * dayMs) break
      if (to - from >= left) return from + left
      left -= to - from
      last = to
    }
    throw this.#closed(last)
  }

  /**
   * So many working days later (days that have hours) at the same local time, or at the next opening after it. Counted from the
   * next opening when `atMs` is not open. Throws NX-CALENDAR-CLOSED as `addBusinessMs` does.
   */
  addWorkingDays(atMs: number, days: number): number {
    const start = this.nextOpen(atMs)
    if (days <= 0) return start
    const local = start + zoneOffset(this.zone, start)
    const day = this.#workingDay(Math.floor(local / dayMs), days, start)
    return this.nextOpen(instantOfLocal(this.zone, day * dayMs + modulo(local, dayMs)))
  }

  /**
   * A time of day (minutes) so many working days after the local day of `atMs`, or the next opening after it; with 0 days the
   * first such time that is later than `atMs`. Throws NX-CALENDAR-CLOSED as `addBusinessMs` does.
   */
  workingDayAt(atMs: number, days: number, minute: number): number {
    const today = Math.floor((atMs + zoneOffset(this.zone, atMs)) / dayMs)
    if (days <= 0 && hoursOfDay(this.#hours, today).length > 0) {
      const at = instantOfLocal(this.zone, today * dayMs + minute * 60_000)
      if (at > atMs) return this.nextOpen(at)
    }
    const day = this.#workingDay(today, Math.max(1, days), atMs)
    return this.nextOpen(instantOfLocal(this.zone, day * dayMs + minute * 60_000))
  }

  /** Open time from one instant to another; 0 when the second is not later. Throws NX-CALENDAR-SPAN above 20 years. */
  businessMsBetween(fromMs: number, toMs: number): number {
    if (toMs - fromMs > horizonMs) {
      throw new NxError(
        'invalid',
        'NX-CALENDAR-SPAN',
        `Business time of ${this.name} is reckoned over 20 years at most`,
        {
          detail: `Asked for ${formatDuration(toMs - fromMs)}.`,
          fix: 'Compare times that are nearer to each other.',
        },
      )
    }
    let sum = 0
    for (const { from, to } of openSpans(this.#hours, fromMs, toMs)) sum += to - from
    return sum
  }

  /** The local day that is `count` working days after `day`. */
  #workingDay(day: number, count: number, atMs: number): number {
    let left = count
    let current = day
    let closed = 0
    const last = day + horizonMs / dayMs
    while (left > 0) {
      current += 1
      closed = hoursOfDay(this.#hours, current).length > 0 ? 0 : closed + 1
      if (closed === 0) left -= 1
      if (closed > closedDaysMax || current > last) throw this.#closed(atMs)
    }
    return current
  }

  #closed(atMs: number): NxError {
    const at = new Date(atMs).toISOString()
    return new NxError('invalid', 'NX-CALENDAR-CLOSED', `Calendar ${this.name} has no such business time`, {
      detail: `Counted from ${at}, it is not within 20 years, or ${closedDaysMax} days pass without working hours.`,
      fix: 'Give the Calendar hours, shorten its holidays or the wait.',
    })
  }
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by
}
