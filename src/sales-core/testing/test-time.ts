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
  // The offset at the local time, then once more at the instant found: right on both sides of a clock change.
  const first = zoneOffsetMs(zone, local)
  if (first === null) return null
  return local - (zoneOffsetMs(zone, local - first) ?? first)
}

/** How far a zone is ahead of UTC at an instant, milliseconds; null for an unknown zone. */
function zoneOffsetMs(zone: string, instantMs: number): number | null {
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    const part = new Map(
      format.formatToParts(new Date(instantMs)).map(({ type, value }) => [type, Number(value)]),
    )
    const of = (name: Intl.DateTimeFormatPartTypes): number => part.get(name) ?? 0
    const shown = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'))
    return shown - Math.floor(instantMs / 1000) * 1000
  } catch {
    return null
  }
}
