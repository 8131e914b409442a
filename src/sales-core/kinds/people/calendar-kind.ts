import { z } from 'zod'
import { documentHead, documentName } from '../../../control-plane/documents/document-kind.ts'
import type { DocumentKind, Problem } from '../../../control-plane/documents/document-kind.ts'
import type { DocumentPath } from '../../../control-plane/documents/document.ts'
import { timeZoneName } from '../../types/time-zone.ts'
import { isDate, parseDays, parseSpan } from './week-hours.ts'
import type { WeekDay } from './week-hours.ts'

const span = z
  .string()
  .refine((text) => parseSpan(text) !== null, { error: 'must be hours of one day, such as 09:00-18:00' })
const hours = z.union([span, z.array(span).min(1).max(12)], {
  error: 'must be hours such as 09:00-18:00, or a list of them',
})
const date = z.string().refine(isDate, { error: 'must be a day that exists, such as 2026-12-02' })

const schema = z.strictObject({
  ...documentHead('Calendar', documentName),
  tz: timeZoneName.describe('The IANA time zone that the hours are in, such as Asia/Dubai.'),
  week: z
    .record(z.string(), hours)
    .describe(
      'Working hours by day or range of days: { mon-thu: "09:00-18:00", fri: ["09:00-12:00", "13:00-17:00"] }.',
    ),
  holidays: z
    .array(
      z.union([
        date,
        z.strictObject({
          on: date.describe('The day.'),
          hours: hours.optional().describe('Its hours. Default: none.'),
        }),
      ]),
    )
    .max(2_000)
    .default([])
    .describe(
      'Days without working hours, or with others: [ 2026-12-02, { on: 2026-12-03, hours: "09:00-13:00" } ].',
    ),
})

export type CalendarSpec = z.infer<typeof schema>

/** Declares business hours: the time zone, the hours of the week, the holidays. */
export const calendarKind: DocumentKind<CalendarSpec> = {
  kind: 'Calendar',
  summary: 'business hours: time zone, week and holidays',
  schema,
  merge: [{ path: 'holidays', policy: 'append' }],
  provides: ({ spec }) => [{ space: 'calendar', name: spec.name }],
  check: ({ spec }) => [...weekProblems(spec), ...holidayProblems(spec)],
}

function weekProblems({ week }: CalendarSpec): readonly Problem[] {
  const problems: Problem[] = []
  const given = new Map<WeekDay, string>()
  for (const [key, value] of Object.entries(week)) {
    const path = ['week', key]
    const days = parseDays(key)
    if (days === null) {
      problems.push({
        code: 'NX-CALENDAR-DAY',
        message: `'${key}' is not a day or a range of days`,
        fix: 'Write mon, tue, wed, thu, fri, sat, sun or a range such as mon-fri.',
        path,
        key: true,
      })
      continue
    }
    for (const day of days) {
      const before = given.get(day)
      if (before === undefined) given.set(day, key)
      else problems.push(dayTwice(day, before, path))
    }
    problems.push(...overlaps(value, path))
  }
  if (given.size === 0 && problems.length === 0) {
    const message = 'The week has no working hours: whoever waits for them waits for ever'
    problems.push({ code: 'NX-CALENDAR-EMPTY', message, fix: 'Give at least one day hours.', path: ['week'] })
  }
  return problems
}

function dayTwice(day: WeekDay, before: string, path: DocumentPath): Problem {
  return {
    code: 'NX-CALENDAR-DAY',
    message: `${day} has hours already (in '${before}')`,
    fix: 'Give each day its hours once; several spans of a day are a list.',
    path,
    key: true,
  }
}

function overlaps(value: string | readonly string[], path: DocumentPath): readonly Problem[] {
  if (typeof value === 'string') return []
  const problems: Problem[] = []
  let end = 0
  for (const [index, text] of value.entries()) {
    const parsed = parseSpan(text)
    if (parsed === null) continue
    if (parsed.from < end) {
      problems.push({
        code: 'NX-CALENDAR-OVERLAP',
        message: `${text} begins before the span above it is over`,
        fix: 'Put the spans of a day in order, without overlap.',
        path: [...path, index],
      })
    }
    end = Math.max(end, parsed.to)
  }
  return problems
}

function holidayProblems({ holidays }: CalendarSpec): readonly Problem[] {
  const first = new Map<string, number>()
  return holidays.flatMap((holiday, index): readonly Problem[] => {
    const plain = typeof holiday === 'string'
    const day = plain ? holiday : holiday.on
    const path: DocumentPath = ['holidays', index, ...(plain ? [] : ['on'])]
    const problems =
      plain || holiday.hours === undefined ? [] : overlaps(holiday.hours, ['holidays', index, 'hours'])
    const earlier = first.get(day)
    if (earlier === undefined) {
      first.set(day, index)
      return problems
    }
    const message = `${day} is a holiday already (at index ${earlier})`
    return [...problems, { code: 'NX-CALENDAR-HOLIDAY', message, fix: 'Keep one of the two.', path }]
  })
}
