import { instantOfLocal } from '../time/zone-offsets.ts'
import { isTimeZone } from '../types/time-zone.ts'

/** A time of a test: RFC 3339, or a local time and the zone it is in: `2026-03-05T16:30 Asia/Dubai`. Without a zone: UTC. */
const pattern =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?))?(Z|[+-]\d{2}:\d{2})?(?: ([A-Za-z_]+(?:\/[A-Za-z_+-]+)*))?$/

/** Milliseconds since 1970, or null when the text is no such time. */
export function testTimeMs(text: string): number | null {
  const parts = pattern.exec(text.trim())
  if (parts === null) return null
  const [, date, time = '00:00', offset, zone] = parts
  if (offset !== undefined && zone !== undefined) return null
  const local = Date.parse(`${date}T${time.length === 5 ? `${time}:00` : time}${offset ?? 'Z'}`)
  if (Number.isNaN(local)) return null
  if (zone === undefined) return local
  return isTimeZone(zone) ? instantOfLocal(zone, local) : null
}
