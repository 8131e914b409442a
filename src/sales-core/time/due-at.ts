import { NxError } from '../../kernel/errors.ts'
import { sha256Hex, shareOf } from '../../kernel/digest.ts'
import type { BusinessClock } from './business-clock.ts'
import { dayMs } from './open-spans.ts'
import type { WaitSpec } from './wait-spec.ts'
import { instantOfLocal, zoneOffset } from './zone-offsets.ts'

/** What a wait is reckoned with. */
export interface DueContext {
  readonly now: Date
  /** The contact's zone; null: not known (`contactZone`). */
  readonly contactZone: string | null
  /** The tenant's own zone (`Calendars.homeZone`); null: nobody said it. */
  readonly homeZone: string | null
  /** A Calendar by name, null for the default one. */
  calendar(name: string | null): BusinessClock | null
  /** Whatever tells this wait from others: an instance's id and the step's. The same seed is spread to the same moment. */
  readonly seed: string
}

export type DueResult =
  | { readonly state: 'due'; readonly at: Date }
  /** NX-CALENDAR-UNKNOWN, NX-CALENDAR-CLOSED, NX-ZONE-UNKNOWN. */
  | { readonly state: 'error'; readonly code: string; readonly message: string }

/**
 * When a wait that begins now is over. Pure: the same arguments give the same instant, spread included. Local times that a change
 * of clocks leaves out come as much later (02:30 is 03:30), those that come twice are the first.
 */
export function dueAt(wait: WaitSpec, context: DueContext): DueResult {
  try {
    const at = wait.kind === 'for' ? after(wait, context) : atTime(wait, context)
    return { state: 'due', at: new Date(spread(at, wait, context)) }
  } catch (error) {
    if (!(error instanceof NxError)) throw error
    return {
      state: 'error',
      code: error.code,
      message: [error.message, error.detail].filter(Boolean).join(': '),
    }
  }
}

function after(wait: WaitSpec & { kind: 'for' }, context: DueContext): number {
  const now = context.now.getTime()
  switch (wait.clock) {
    case 'wall':
      return now + wait.days * dayMs + wait.ms
    case 'contact': {
      if (wait.days === 0) return now + wait.ms
      const zone = zoneOf(wait, context)
      return instantOfLocal(zone, now + zoneOffset(zone, now) + wait.days * dayMs) + wait.ms
    }
    case 'business': {
      const clock = clockOf(wait, context)
      const start = wait.days === 0 ? now : clock.addWorkingDays(now, wait.days)
      return clock.addBusinessMs(start, wait.ms)
    }
  }
}

function atTime(wait: WaitSpec & { kind: 'at' }, context: DueContext): number {
  const now = context.now.getTime()
  if (wait.clock === 'business') return clockOf(wait, context).workingDayAt(now, wait.days, wait.minute)
  const zone = zoneOf(wait, context)
  const today = Math.floor((now + zoneOffset(zone, now)) / dayMs)
  const at = instantOfLocal(zone, (today + wait.days) * dayMs + wait.minute * 60_000)
  return at > now ? at : instantOfLocal(zone, (today + wait.days + 1) * dayMs + wait.minute * 60_000)
}

function spread(at: number, wait: WaitSpec, context: DueContext): number {
  if (wait.spreadMs === 0) return at
  const later = Math.floor(shareOf(sha256Hex(context.seed)) * (wait.spreadMs + 1))
  // Spread over open time: what is due at five is not put off into the night.
  return wait.clock === 'business' ? clockOf(wait, context).addBusinessMs(at, later) : at + later
}

function clockOf({ calendar }: WaitSpec, context: DueContext): BusinessClock {
  const clock = context.calendar(calendar)
  if (clock !== null) return clock
  const detail =
    calendar === null
      ? 'No Calendar is called default, and there is not just one'
      : `There is no Calendar ${calendar}`
  throw new NxError('configuration', 'NX-CALENDAR-UNKNOWN', 'The business clock has no calendar', { detail })
}

function zoneOf({ zone, unknownZone }: WaitSpec, context: DueContext): string {
  const found = named(zone, context) ?? named(unknownZone, context)
  if (found !== null) return found
  throw new NxError('invalid', 'NX-ZONE-UNKNOWN', 'The time zone of the contact is not known', {
    detail: 'Neither its tz, country or phone tell it, nor is there a default Calendar to take it from',
  })
}

function named(zone: string, { contactZone, homeZone }: DueContext): string | null {
  if (zone === 'contact') return contactZone
  if (zone === 'tenant') return homeZone
  return zone === 'fail' ? null : zone
}
