import { defaultCalendarName } from '../time/calendars.ts'

/** Whether a Calendar answers to the name; null asks for the default one: the one called `default`, or the only one. */
export function hasCalendar(known: ReadonlySet<string>, name: string | null): boolean {
  if (name !== null) return known.has(name)
  return known.has(defaultCalendarName) || known.size === 1
}
