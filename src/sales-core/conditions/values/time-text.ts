import { durationMs, isTimestampText } from '../../types/check-value.ts'
import type { Failure } from './value.ts'
import { Span, Timestamp } from './value.ts'
import { spanOf, timestampOf } from './time-sums.ts'

const rfc3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/
const spanPart = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)/gy
const unitNs: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1_000,
  µs: 1_000,
  ms: 1_000_000,
  s: 1_000_000_000,
  m: 60_000_000_000,
  h: 3_600_000_000_000,
}

/** An instant from RFC 3339 with up to nine digits of a second's fraction; null when the text is none. */
export function strictTimestamp(text: string): Timestamp | Failure | null {
  const parts = rfc3339.exec(text)
  if (parts === null) return null
  const [, , month, day, hours, , , fraction = '', sign] = parts
  const base = Date.parse(`${text.slice(0, 19).toUpperCase()}Z`)
  if (Number.isNaN(base) || Number(hours) > 23 || !isDay(Number(parts[1]), Number(month), Number(day)))
    return null
  const offset = sign === undefined ? 0 : (Number(parts[9]) * 60 + Number(parts[10])) * 60_000
  const digits = fraction.padEnd(9, '0')
  const ms = base + Number(digits.slice(0, 3)) + (sign === '-' ? offset : -offset)
  return timestampOf(ms, Number(digits.slice(3)))
}

function isDay(year: number, month: number, day: number): boolean {
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  const days = month === 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31
  return day >= 1 && day <= days
}

/** A span from `1h30m`, `-1.5s`, `10us` and their kin; null when the text is none. */
export function celSpan(text: string): Span | Failure | null {
  const isNegative = text.startsWith('-')
  const body = /^[+-]/.test(text) ? text.slice(1) : text
  if (body === '0') return new Span(0)
  let total = 0n
  let at = 0
  spanPart.lastIndex = 0
  for (let part = spanPart.exec(body); part !== null; part = spanPart.exec(body)) {
    const [whole, number = '', unit = ''] = part
    const [integral = '', fraction = ''] = number.split('.')
    const unit_ = unitNs[unit] ?? 0
    total += BigInt(integral === '' ? 0 : integral) * BigInt(unit_)
    total += BigInt(Math.trunc(Number(`0.${fraction === '' ? 0 : fraction}`) * unit_))
    at += whole.length
  }
  if (at === 0 || at !== body.length) return null
  const ns = isNegative ? -total : total
  const rest = ns % 1_000_000n
  return spanOf(Number((ns - rest) / 1_000_000n), Number(rest))
}

/** As CEL prints an instant: RFC 3339 with as many digits of the second's fraction as it needs. */
export function timestampText({ ms, ns }: Timestamp): string {
  const seconds = new Date(ms).toISOString().slice(0, 19)
  return `${seconds}${fractionText(mod(ms, 1000) * 1_000_000 + ns)}Z`
}

/** As CEL prints a span: seconds. */
export function spanText({ ms, ns }: Span): string {
  const total = BigInt(ms) * 1_000_000n + BigInt(ns)
  const size = total < 0n ? -total : total
  return `${total < 0n ? '-' : ''}${size / 1_000_000_000n}${fractionText(Number(size % 1_000_000_000n))}s`
}

function fractionText(ns: number): string {
  return ns === 0 ? '' : `.${String(ns).padStart(9, '0').replace(/0+$/, '')}`
}

function mod(a: number, n: number): number {
  return ((a % n) + n) % n
}

/** An instant from text (with an offset, or a date alone), a Date or an instant; null when it is none. */
export function toTimestamp(raw: unknown): Timestamp | null {
  if (raw instanceof Timestamp) return raw
  if (raw instanceof Date) return new Timestamp(raw.getTime())
  return typeof raw === 'string' && isTimestampText(raw) ? new Timestamp(Date.parse(raw)) : null
}

/** A length of time from text such as `90s`; null when it is none. */
export function toSpan(raw: unknown): Span | null {
  if (raw instanceof Span) return raw
  if (typeof raw !== 'string') return null
  const ms = durationMs(raw)
  return ms === null ? null : new Span(ms)
}
