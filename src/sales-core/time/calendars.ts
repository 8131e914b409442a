import { digestOfParts } from '../../kernel/digest.ts'
import type { DocumentSet } from '../../control-plane/documents/document-kind.ts'
import { calendarKind } from '../kinds/people/calendar-kind.ts'
import type { BusinessClock } from './business-clock.ts'
import { compileCalendar } from './compile-calendar.ts'

/** The Calendar that counts where none is named. */
export const defaultCalendarName = 'default'

/** The calendars of one (tenant, workspace). */
export interface Calendars {
  /** By name; null names the default one. null: there is none. */
  calendar(name: string | null): BusinessClock | null
  /** The tenant's own zone: that of the default calendar; null: nobody said it, and UTC is not assumed. */
  readonly homeZone: string | null
  /** Of what all calendars say: another one means that waits may end at another time. */
  readonly timesDigest: string
}

/** Compiles the Calendar documents. The default one is called `default`, or it is the only one. */
export function compileCalendars(documents: DocumentSet): Calendars {
  const clocks = new Map(documents.ofKind(calendarKind).map(({ spec }) => [spec.name, compileCalendar(spec)]))
  const [only] = clocks.values()
  const standard = clocks.get(defaultCalendarName) ?? (clocks.size === 1 ? (only ?? null) : null)
  return {
    calendar: (name) => (name === null ? standard : (clocks.get(name) ?? null)),
    homeZone: standard?.zone ?? null,
    timesDigest: digestOfParts(
      documents
        .ofKind(calendarKind)
        .map(({ document }) => `${document.name} ${document.digest}`)
        .sort(),
    ),
  }
}
