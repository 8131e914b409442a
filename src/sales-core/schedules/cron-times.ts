import { Cron } from 'croner'
import { instantOfLocal, zoneOffset } from '../time/zone-offsets.ts'

const hourMs = 3_600_000
/** No change of clocks reaches further; offsets are looked at so far on both sides. */
const nearMs = 26 * hourMs

/** Times of a cron expression (minute, hour, day, month, weekday) in a time zone. */
export interface CronTimes {
  /** The first time after an instant, milliseconds since 1970; null: there is none any more. */
  nextAfter(ms: number): number | null
}

/**
 * Reads a checked cron expression. On days on which clocks change: a time that is left out comes as much later as was left out
 * (02:30 is 03:30, and not twice when 03:30 is due anyway); a time that comes twice is the first, but an expression that runs every
 * hour (its hours begin with `*`) goes on every hour of those that pass.
 */
export function cronTimes(expression: string, zone: string): CronTimes {
  // Croner reckons in a time without changes: local time as if it were UTC. What clocks do to it is done here, by one rule.
  const cron = new Cron(expression, { paused: true, timezone: 'UTC' })
  const everyHour = (expression.trim().split(/\s+/)[1] ?? '').startsWith('*')
  const next = (localMs: number): number | null => cron.nextRun(new Date(localMs))?.getTime() ?? null
  return {
    nextAfter: (ms) => {
      const offset = zoneOffset(zone, ms)
      const local = next(ms + offset)
      if (local === null) return null
      // Far ahead: go on from shortly before it, where the clocks are those of that day.
      if (local - offset - ms > 2 * nearMs) return nearby(next, zone, everyHour, local - offset - nearMs)
      return nearby(next, zone, everyHour, ms)
    },
  }
}

/** The first time after `ms`, looked for in as much local time as clocks may have gone to and fro. */
function nearby(
  next: (localMs: number) => number | null,
  zone: string,
  everyHour: boolean,
  ms: number,
): number | null {
  const offset = zoneOffset(zone, ms)
  const change = Math.max(
    Math.abs(offset - zoneOffset(zone, ms - nearMs)),
    Math.abs(offset - zoneOffset(zone, ms + 2 * nearMs)),
    Math.abs(offset - zoneOffset(zone, ms + nearMs)),
  )
  let best: number | null = null
  let local = next(ms + offset - change)
  while (local !== null) {
    // From here on nothing can come out earlier than what was found.
    if (best !== null && local > best + zoneOffset(zone, best) + change) break
    for (const instant of instantsOf(zone, local, everyHour))
      if (instant > ms && (best === null || instant < best)) best = instant
    if (best !== null && change === 0) break
    local = next(local)
  }
  return best
}

function instantsOf(zone: string, localMs: number, everyHour: boolean): readonly number[] {
  const first = instantOfLocal(zone, localMs)
  if (!everyHour) return [first]
  // The same local time once more, after clocks went back.
  const second = localMs - zoneOffset(zone, first + nearMs)
  return second > first && second + zoneOffset(zone, second) === localMs ? [first, second] : [first]
}
