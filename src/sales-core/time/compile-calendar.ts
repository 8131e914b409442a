import type { CalendarSpec } from '../kinds/people/calendar-kind.ts'
import { parseDays, parseSpan, weekDays } from '../kinds/people/week-hours.ts'
import type { DaySpan } from '../kinds/people/week-hours.ts'
import { BusinessClock } from './business-clock.ts'
import { dayMs } from './open-spans.ts'

/** The clock of a checked Calendar. What is written twice (a day, a holiday) counts as it is written last. */
export function compileCalendar({ name, tz, week, holidays }: CalendarSpec): BusinessClock {
  const byDay = weekDays.map((): readonly DaySpan[] => [])
  for (const [days, hours] of Object.entries(week))
    for (const day of parseDays(days) ?? []) byDay[weekDays.indexOf(day)] = spansOf(hours)
  const others = new Map<number, readonly DaySpan[]>()
  for (const holiday of holidays) {
    const [on, hours] = typeof holiday === 'string' ? [holiday, undefined] : [holiday.on, holiday.hours]
    others.set(Date.parse(`${on}T00:00:00Z`) / dayMs, hours === undefined ? [] : spansOf(hours))
  }
  return new BusinessClock(name, { zone: tz, week: byDay, holidays: others })
}

function spansOf(hours: string | readonly string[]): readonly DaySpan[] {
  const texts = typeof hours === 'string' ? [hours] : hours
  const spans = texts.flatMap((text) => parseSpan(text) ?? []).toSorted((a, b) => a.from - b.from)
  // Overlaps are refused when a document is checked; one that was stored all the same must not count twice.
  const merged: DaySpan[] = []
  for (const span of spans) {
    const last = merged.at(-1)
    if (last !== undefined && span.from <= last.to)
      merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, span.to) }
    else merged.push(span)
  }
  return merged
}
