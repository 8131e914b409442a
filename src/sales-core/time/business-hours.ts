import type { BusinessHours } from '../conditions/condition-compiler.ts'
import type { Calendars } from './calendars.ts'

/** What business_hours() asks, answered by the calendars of a configuration. */
export function businessHoursOf(config: Pick<Calendars, 'calendar'>): BusinessHours {
  return { isOpen: (atMs, name) => config.calendar(name)?.isOpen(atMs) ?? null }
}
