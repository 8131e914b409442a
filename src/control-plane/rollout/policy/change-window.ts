import type { ChangeWindow } from './resolved-policy.ts'

const minuteMs = 60_000
const searchMinutes = 8 * 24 * 60
const strideMinutes = 15
const formats = new Map<string, Intl.DateTimeFormat>()

/** May a rollout be promoted at this time? Without windows always. */
export function insideWindow(windows: readonly ChangeWindow[], nowMs: number): boolean {
  return windows.length === 0 || windows.some((window) => isOpen(window, nowMs))
}

/** The next time at which a window is open, to the minute: now if one is; null if none opens within eight days. */
export function nextOpening(windows: readonly ChangeWindow[], nowMs: number): number | null {
  if (insideWindow(windows, nowMs)) return nowMs
  const first = Math.ceil((nowMs + 1) / minuteMs)
  for (let stride = first; stride < first + searchMinutes; stride += strideMinutes) {
    if (!insideWindow(windows, (stride + strideMinutes - 1) * minuteMs)) continue
    for (let minute = stride; minute < stride + strideMinutes; minute++) {
      if (insideWindow(windows, minute * minuteMs)) return minute * minuteMs
    }
  }
  return null
}

/** Is it a zone that this runtime knows? */
export function isTimeZone(name: string): boolean {
  try {
    formatOf(name)
    return true
  } catch {
    return false
  }
}

function isOpen({ tz, days, fromMinute, toMinute }: ChangeWindow, nowMs: number): boolean {
  const { day, minute } = localTime(tz, nowMs)
  if (fromMinute < toMinute) return days.includes(day) && minute >= fromMinute && minute < toMinute
  // Over midnight: the early hours belong to the day on which the window began.
  const yesterday = day === 1 ? 7 : day - 1
  return (minute >= fromMinute && days.includes(day)) || (minute < toMinute && days.includes(yesterday))
}

const dayNumbers: Readonly<Record<string, number>> = {
  Mon: 1,
  Tue: 2,
  Wed: 3,
  Thu: 4,
  Fri: 5,
  Sat: 6,
  Sun: 7,
}

function localTime(tz: string, nowMs: number): { day: number; minute: number } {
  let day = 0
  let minute = 0
  for (const { type, value } of formatOf(tz).formatToParts(nowMs)) {
    if (type === 'weekday') day = dayNumbers[value] ?? 0
    else if (type === 'hour') minute += Number(value) * 60
    else if (type === 'minute') minute += Number(value)
  }
  return { day, minute }
}

/** Making a format costs a thousand times its use; zones are few. */
function formatOf(tz: string): Intl.DateTimeFormat {
  const known = formats.get(tz)
  if (known !== undefined) return known
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: tz,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  formats.set(tz, format)
  return format
}
