import { NxError } from '../../../kernel/errors.ts'
import { zoneOffset } from '../../time/zone-offsets.ts'
import { Failure, Span, Timestamp } from './value.ts'
import type { Value } from './value.ts'

/** The parts of an instant that conditions read, and of a span its total in that unit. */
const units: Readonly<Record<string, number>> = {
  getHours: 3_600_000,
  getMinutes: 60_000,
  getSeconds: 1_000,
  getMilliseconds: 1,
}

const parts: Readonly<Record<string, (local: Date) => number>> = {
  getFullYear: (local) => local.getUTCFullYear(),
  getMonth: (local) => local.getUTCMonth(),
  getDate: (local) => local.getUTCDate(),
  getDayOfMonth: (local) => local.getUTCDate() - 1,
  getDayOfWeek: (local) => local.getUTCDay(),
  getDayOfYear: (local) =>
    Math.floor(
      (Date.UTC(local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate()) -
        Date.UTC(local.getUTCFullYear(), 0, 1)) /
        86_400_000,
    ),
  getHours: (local) => local.getUTCHours(),
  getMinutes: (local) => local.getUTCMinutes(),
  getSeconds: (local) => local.getUTCSeconds(),
  getMilliseconds: (local) => local.getUTCMilliseconds(),
}

export const timePartNames: readonly string[] = Object.keys(parts)

/** Can a span be asked for it? */
export function isSpanPart(name: string): boolean {
  return Object.hasOwn(units, name)
}

/** `time.getHours()`, `time.getHours("Asia/Dubai")`: a part of an instant in a zone (UTC without one), a span's total. */
export function timePart(name: string, time: Value, zone: string | null): number | Failure {
  if (time instanceof Span) return spanPart(name, time)
  const part = Object.hasOwn(parts, name) ? parts[name] : undefined
  if (!(time instanceof Timestamp) || part === undefined) return new Failure(`Needs a time for ${name}()`)
  const offset = zone === null ? 0 : zoneOffsetMs(zone, time.ms)
  return offset === null
    ? new Failure(`There is no time zone '${(zone ?? '').slice(0, 40)}'`)
    : part(new Date(time.ms + offset))
}

function spanPart(name: string, { ms }: Span): number | Failure {
  const unit = Object.hasOwn(units, name) ? units[name] : undefined
  if (unit === undefined) return new Failure(`A duration has no ${name}()`)
  // The milliseconds within the second, as CEL has it; the others are totals.
  return unit === 1 ? ms % 1000 : Math.trunc(ms / unit)
}

const fixedOffset = /^([+-]?)(\d{2}):(\d{2})$/

/** By how much local time is ahead of UTC at an instant; null for an unknown zone. */
function zoneOffsetMs(zone: string, ms: number): number | null {
  const fixed = fixedOffset.exec(zone)
  if (fixed !== null) {
    const size = (Number(fixed[2]) * 60 + Number(fixed[3])) * 60_000
    return fixed[1] === '-' ? -size : size
  }
  try {
    return zoneOffset(zone, ms)
  } catch (error) {
    // An unknown zone is data like any other.
    if (error instanceof NxError && error.code === 'NX-ZONE-UNKNOWN') return null
    throw error
  }
}
