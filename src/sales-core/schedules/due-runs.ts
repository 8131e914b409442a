import type { CompiledSchedule } from './compiled-schedule.ts'

/** Runs that are caught up one after another with `missed: all`; older ones are skipped. */
export const caughtUpRunsMax = 100
/** A run that begins so much later than it was due was missed. */
export const missedAfterMs = 120_000

const hourMs = 3_600_000
/** How far back is looked for the last runs, widening: no schedule has to be walked from its beginning. */
const lookBackMs = [1, 24, 24 * 32, 24 * 400, 24 * 366 * 10].map((hours) => hours * hourMs)

/** What is due of a schedule. Times in milliseconds since 1970. */
export interface DueRuns {
  /** The run to begin now, by when it was due; null: none. */
  readonly run: number | null
  /** Runs that are left out: when the first and the last of them were due; null: none. */
  readonly skipped: { readonly from: number; readonly to: number } | null
  /** When the next one is due: not later than now when there is more to catch up. null: never. */
  readonly nextAt: number | null
}

/** Decides about the runs that were due from `nextAt` to now. Pure. `nextAt` null: nothing was promised yet. */
export function dueRuns(
  schedule: Pick<CompiledSchedule, 'missed' | 'nextAfter'>,
  nextAt: number | null,
  nowMs: number,
): DueRuns {
  if (nextAt === null || nextAt > nowMs)
    return { run: null, skipped: null, nextAt: nextAt ?? schedule.nextAfter(nowMs) }
  const wanted = schedule.missed === 'all' ? caughtUpRunsMax : 1
  const last = lastRuns(schedule, nextAt, nowMs, wanted)
  const oldest = last[0] as number
  const newest = last.at(-1) as number
  const left = schedule.nextAfter(nowMs)
  if (schedule.missed === 'all') {
    const skipped = oldest > nextAt ? { from: nextAt, to: oldest - 1 } : null
    return { run: oldest, skipped, nextAt: last[1] ?? left }
  }
  if (schedule.missed === 'skip' && nowMs - newest > missedAfterMs)
    return { run: null, skipped: { from: nextAt, to: newest }, nextAt: left }
  return { run: newest, skipped: newest > nextAt ? { from: nextAt, to: newest - 1 } : null, nextAt: left }
}

/** The last runs due from `nextAt` to now, in order, at most `wanted`; at least `nextAt` itself. */
function lastRuns(
  { nextAfter }: Pick<CompiledSchedule, 'nextAfter'>,
  nextAt: number,
  nowMs: number,
  wanted: number,
): readonly number[] {
  for (const back of lookBackMs) {
    const whole = nowMs - back <= nextAt
    const found: number[] = []
    let at = whole ? nextAt : nextAfter(nowMs - back)
    while (at !== null && at <= nowMs) {
      found.push(at)
      if (found.length > wanted) found.shift()
      at = nextAfter(at)
    }
    if (whole || found.length >= wanted) return found.length > 0 ? found : [nextAt]
  }
  return [nextAt]
}
