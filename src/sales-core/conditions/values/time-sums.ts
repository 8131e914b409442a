import { Failure, Span, Timestamp } from './value.ts'
import type { Value } from './value.ts'

/** 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999Z: the instants that CEL knows. */
export const timestampMsMin = -62_135_596_800_000
export const timestampMsMax = 253_402_300_799_999
/** The longest span, either way: what 64 bits of nanoseconds hold. */
export const spanMsMax = 9_223_372_036_854

const nsPerMs = 1_000_000

/** An instant from milliseconds and any number of nanoseconds; a failure outside the years 1 to 9999. */
export function timestampOf(ms: number, ns: number): Timestamp | Failure {
  const carried = Math.floor(ns / nsPerMs)
  const whole = ms + carried
  if (!(whole >= timestampMsMin && whole <= timestampMsMax))
    return new Failure('The time is outside the years 1 to 9999')
  return new Timestamp(whole, ns - carried * nsPerMs)
}

/** A span from milliseconds and any number of nanoseconds; a failure when it is longer than 292 years. */
export function spanOf(ms: number, ns: number): Span | Failure {
  const carried = Math.floor(ns / nsPerMs)
  const whole = ms + carried
  if (!(Math.abs(whole) <= spanMsMax)) return new Failure('The duration is longer than 292 years')
  return new Span(whole, ns - carried * nsPerMs)
}

/** The sum of times; null when there is none. */
export function addTimes(x: Value, y: Value): Value {
  if (x instanceof Timestamp && y instanceof Span) return timestampOf(x.ms + y.ms, x.ns + y.ns)
  if (x instanceof Span && y instanceof Timestamp) return timestampOf(x.ms + y.ms, x.ns + y.ns)
  if (x instanceof Span && y instanceof Span) return spanOf(x.ms + y.ms, x.ns + y.ns)
  return null
}

/** The difference of times; null when there is none. */
export function subtractTimes(x: Value, y: Value): Value {
  if (x instanceof Timestamp && y instanceof Timestamp) return spanOf(x.ms - y.ms, x.ns - y.ns)
  if (x instanceof Timestamp && y instanceof Span) return timestampOf(x.ms - y.ms, x.ns - y.ns)
  if (x instanceof Span && y instanceof Span) return spanOf(x.ms - y.ms, x.ns - y.ns)
  return null
}
