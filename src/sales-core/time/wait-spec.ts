import { parseDuration } from '../../kernel/duration.ts'
import { dayMs } from './open-spans.ts'

/** The clocks that a wait may run on. */
export const waitClocks = ['wall', 'business', 'contact'] as const
export type WaitClock = (typeof waitClocks)[number]

/** Whom a zone is taken from: `contact`, `tenant` (its default Calendar), or an IANA name. */
export type ZoneChoice = string

interface WaitBase {
  readonly clock: WaitClock
  /** The Calendar of the business clock; null: the default one. */
  readonly calendar: string | null
  readonly zone: ZoneChoice
  /** What counts when the contact's zone is not known: `tenant`, an IANA name, or `fail`. */
  readonly unknownZone: ZoneChoice | 'fail'
  /** Up to so much later, by hash: what waited together does not wake together. 0: not at all. */
  readonly spreadMs: number
}

/**
 * A wait.
 *   for  a length. Days are days of the clock (of the wall: 24 hours; of a contact: the same time of another day, whatever clocks
 *        did between; of business: days that have hours); the rest is time that passes on it.
 *   at   a time of day, so many days later; with 0 days the next such time.
 */
export type WaitSpec =
  | (WaitBase & { readonly kind: 'for'; readonly days: number; readonly ms: number })
  | (WaitBase & { readonly kind: 'at'; readonly days: number; readonly minute: number })

/** The longest spread of a wait. */
export const spreadMsMax = dayMs

/** `1d12h` as days and the rest: on the clocks of business and of contacts `1d` and `24h` are different waits. Throws NX-DURATION. */
export function parseWaitLength(text: string): { readonly days: number; readonly ms: number } {
  const total = parseDuration(text)
  const days = Number(/^(\d+)d/.exec(text)?.[1] ?? 0)
  return { days, ms: total - days * dayMs }
}

/** A length of time on the wall, without spread: what most waits are. */
export function wallWait(ms: number): WaitSpec {
  return {
    kind: 'for',
    clock: 'wall',
    days: 0,
    ms,
    calendar: null,
    zone: 'contact',
    unknownZone: 'tenant',
    spreadMs: 0,
  }
}
