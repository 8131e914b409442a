import { createRequire } from 'node:module'
import type { Temporal as TemporalApi } from 'temporal-polyfill'
import { NxError } from '../../kernel/errors.ts'

/** A stretch of time in which a zone keeps one offset from UTC. Milliseconds since 1970, `to` is the first one after. */
export interface OffsetSpan {
  readonly from: number
  readonly to: number
  /** How far local time is ahead of UTC, milliseconds. */
  readonly offset: number
}

/** How far local time is ahead of UTC in four days: `after` holds from the instant `change` on. */
interface WindowOffsets {
  readonly before: number
  readonly change: number
  readonly after: number
}

const dayMs = 86_400_000
const windowMs = 4 * dayMs
/** What is remembered: a zone has two spans a year. */
const spansMax = 400
const windowsMax = 600
const zonesMax = 700
/** The runtime's tables of a zone take 50 KB. */
const formatsMax = 128
const zones = new Map<string, ZoneSpans>()
const windowsOf = new Map<string, Map<number, WindowOffsets>>()
const formats = new Map<string, Intl.DateTimeFormat>()
const unknownZones = new Map<string, NxError>()
let temporal: typeof TemporalApi | null = null

interface ZoneSpans {
  /** In order, without overlap; holes are parts of time that nobody has asked about. */
  readonly spans: OffsetSpan[]
  /** The last one found: most questions are about the same season. */
  recent: OffsetSpan | null
}

/**
 * The stretch of constant offset that an instant lies in, from change to change. Asked of Temporal once per stretch, which takes
 * milliseconds for zones without summer time, then a look-up: for the zones of documents. Throws NX-ZONE-UNKNOWN (invalid) for a
 * name that is no zone.
 */
export function offsetSpanAt(zone: string, ms: number): OffsetSpan {
  let known = zones.get(zone)
  if (known === undefined) {
    formatOf(zone)
    // Names come from data too: what is remembered of them must not grow without end.
    if (zones.size >= zonesMax) zones.clear()
    known = { spans: [], recent: null }
    zones.set(zone, known)
  }
  const { recent } = known
  if (recent !== null && ms >= recent.from && ms < recent.to) return recent
  const found = spanIn(known.spans, ms) ?? learn(known, zone, ms)
  known.recent = found
  return found
}

/**
 * How far local time of a zone is ahead of UTC at an instant, milliseconds. Asked of the runtime once for four days, then a look-up;
 * a zone that nobody asked about takes a tenth of a millisecond, for names come from data. Throws NX-ZONE-UNKNOWN.
 */
export function zoneOffset(zone: string, ms: number): number {
  const number = Math.floor(ms / windowMs)
  const window = windowsOf.get(zone)?.get(number) ?? learnWindow(zone, number)
  return ms < window.change ? window.before : window.after
}

/**
 * The instant at which clocks of a zone show a local time (milliseconds as if it were UTC). What Temporal calls `compatible`: a
 * time that a change of clocks leaves out comes as much later as was left out (02:30 is 03:30), one that comes twice is the
 * first. Throws NX-ZONE-UNKNOWN.
 */
export function instantOfLocal(zone: string, localMs: number): number {
  // Offsets are less than a day, so these two instants are surely before and after it.
  const before = zoneOffset(zone, localMs - dayMs)
  const after = zoneOffset(zone, localMs + dayMs)
  const first = localMs - before
  if (before === after || zoneOffset(zone, first) === before) return first
  const second = localMs - after
  return zoneOffset(zone, second) === after ? second : first
}

function spanIn(spans: readonly OffsetSpan[], ms: number): OffsetSpan | null {
  let low = 0
  let high = spans.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((spans[middle] as OffsetSpan).to <= ms) low = middle + 1
    else high = middle
  }
  const span = spans[low]
  return span !== undefined && ms >= span.from ? span : null
}

/** No zone changes its clocks there and back within four days. */
function learnWindow(zone: string, number: number): WindowOffsets {
  const format = formatOf(zone)
  let change = number * windowMs
  let end = change + windowMs
  const [before, after] = [shownOffset(format, change), shownOffset(format, end)]
  while (before !== after && end - change > 1_000) {
    const middle = Math.floor((change + end) / 2_000) * 1_000
    if (shownOffset(format, middle) === before) change = middle
    else end = middle
  }
  const window = { before, change: end, after }
  let windows = windowsOf.get(zone)
  if (windows === undefined) {
    if (windowsOf.size >= zonesMax) windowsOf.clear()
    windows = new Map()
    windowsOf.set(zone, windows)
  }
  if (windows.size >= windowsMax) windows.clear()
  windows.set(number, window)
  return window
}

const zoneSyntax = /^(?:[A-Za-z][\w+/-]{1,63}|[+-]\d{2}(?::?\d{2})?)$/

/** The runtime's tables of a zone, which show its offset. What is no zone is remembered too: finding out takes as long. */
function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone)
  if (known !== undefined) return known
  const refused = unknownZones.get(zone)
  if (refused !== undefined) throw refused
  if (!zoneSyntax.test(zone)) throw unknownZone(zone)
  let format: Intl.DateTimeFormat
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' })
  } catch (error) {
    if (unknownZones.size >= zonesMax) unknownZones.clear()
    const unknown = unknownZone(zone, error)
    unknownZones.set(zone, unknown)
    throw unknown
  }
  if (formats.size >= formatsMax) formats.clear()
  formats.set(zone, format)
  return format
}

function unknownZone(zone: string, cause?: unknown): NxError {
  return new NxError('invalid', 'NX-ZONE-UNKNOWN', `'${zone.slice(0, 64)}' is not a time zone`, {
    fix: 'Write an IANA name such as Asia/Dubai.',
    cause,
  })
}

/** `GMT-04:56:02`: seconds are shown where local time has some, and nothing for UTC itself. */
const shown = /GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/

function shownOffset(format: Intl.DateTimeFormat, ms: number): number {
  const [, sign, hours = '0', minutes = '0', seconds = '0'] = shown.exec(format.format(ms)) ?? []
  const size = (Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)) * 1_000
  return sign === '-' ? -size : size
}

function learn(known: ZoneSpans, zone: string, ms: number): OffsetSpan {
  temporal ??= (createRequire(import.meta.url)('temporal-polyfill') as { Temporal: typeof TemporalApi })
    .Temporal
  const at = temporal.Instant.fromEpochMilliseconds(Math.floor(ms)).toZonedDateTimeISO(zone)
  // `previous` means before, so an instant on the change itself is asked about from a moment later.
  const start = at.add({ milliseconds: 1 }).getTimeZoneTransition('previous')
  const end = at.getTimeZoneTransition('next')
  const span = {
    from: start?.epochMilliseconds ?? -Infinity,
    to: end?.epochMilliseconds ?? Infinity,
    offset: Math.round(at.offsetNanoseconds / 1e6),
  }
  if (known.spans.length >= spansMax) known.spans.length = 0
  known.spans.push(span)
  known.spans.sort((one, other) => one.from - other.from)
  return span
}
