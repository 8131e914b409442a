/** Monday to Sunday, as calendars name them. */
export const weekDays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type WeekDay = (typeof weekDays)[number]

/** Minutes since midnight, local time; `to` is the first minute after. */
export interface DaySpan {
  readonly from: number
  readonly to: number
}

const dayPattern = /^(mon|tue|wed|thu|fri|sat|sun)(?:-(mon|tue|wed|thu|fri|sat|sun))?$/
const spanPattern = /^([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$/
const clockPattern = /^([01]\d|2[0-3]):([0-5]\d)$/

/** `mon`, `mon-thu`, `sat-mon` (over the weekend) as days; null when it is none of these. */
export function parseDays(text: string): readonly WeekDay[] | null {
  const match = dayPattern.exec(text)
  if (match === null) return null
  const [, first, last] = match
  const from = weekDays.indexOf(first as WeekDay)
  const to = last === undefined ? from : weekDays.indexOf(last as WeekDay)
  const length = ((to - from + weekDays.length) % weekDays.length) + 1
  return Array.from({ length }, (_, offset) => weekDays[(from + offset) % weekDays.length] as WeekDay)
}

/** `09:00-18:00` (to `24:00` at most) in minutes; null when it is not that or ends before it begins. */
export function parseSpan(text: string): DaySpan | null {
  const match = spanPattern.exec(text)
  if (match === null) return null
  const from = Number(match[1]) * 60 + Number(match[2])
  const to = match[3] === undefined ? 24 * 60 : Number(match[3]) * 60 + Number(match[4])
  return from < to ? { from, to } : null
}

/** `20:00` in minutes; null when it is not a time of day. */
export function parseClock(text: string): number | null {
  const match = clockPattern.exec(text)
  return match === null ? null : Number(match[1]) * 60 + Number(match[2])
}

/** Is it a day that exists: `2026-12-02`, not `2026-02-30`? */
export function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const ms = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text)
}
