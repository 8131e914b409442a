import { isJsonObject } from '../../kernel/json.ts'
import type { JsonValue } from '../../kernel/json.ts'
import type { EventFactor } from './compiled-score.ts'

/** Points of an event factor that decay, or whose sum in a window is capped: what later points depend on. */
export interface HeldPoints {
  /** What was left at `at`; it decays from there on. */
  readonly points: number
  /** When points were last collected, milliseconds since 1970. */
  readonly at: number
  /** What was ever given, without decay. */
  readonly given: number
  /** How often points were given. */
  readonly times: number
  /** What was given in the cap's window, oldest first: milliseconds since 1970, points. Left out: the cap has no window. */
  readonly window?: readonly (readonly [number, number])[]
}

/** What an event factor has collected: a number where neither decay nor a cap asks for more. */
export type CollectedPoints = number | HeldPoints

/** By the factors' ids. */
export type CollectedByFactor = Readonly<Record<string, CollectedPoints>>

/** The most points that one event factor may collect, up or down. */
export const collectedMax = 1_000_000_000
/** Times that a cap's window remembers; validation keeps caps within it. */
export const windowTimesMax = 100

/** What is left at an instant (milliseconds since 1970); decayed points in hundredths, so that a score does not move with every look. */
export function pointsAt(
  held: CollectedPoints | undefined,
  factor: Pick<EventFactor, 'halfLifeMs'>,
  atMs: number,
): number {
  if (held === undefined) return 0
  if (typeof held === 'number') return held
  return factor.halfLifeMs === null ? held.points : rounded(decayed(held, factor.halfLifeMs, atMs))
}

/** Exact: what is rounded is never collected on. A clock that runs behind adds nothing. */
function decayed({ points, at }: HeldPoints, halfLifeMs: number, atMs: number): number {
  return points * 2 ** (-Math.max(0, atMs - at) / halfLifeMs)
}

/** To hundredths, as decayed points are shown and counted. */
export function rounded(points: number): number {
  const result = Math.round(points * 100) / 100
  return result === 0 ? 0 : result
}

/**
 * The points after the factor's event at `nowMs`: decayed until then, and as many more as its cap leaves room for. The same value when
 * there is no room.
 */
export function collectPointsOf(
  before: CollectedPoints | undefined,
  factor: EventFactor,
  nowMs: number,
): CollectedPoints {
  const { halfLifeMs, cap } = factor
  if (halfLifeMs === null && cap === null)
    return within((typeof before === 'object' ? before.points : (before ?? 0)) + factor.points)
  const held = asHeld(before, factor, nowMs) ?? { points: 0, at: nowMs, given: 0, times: 0 }
  const at = Math.max(held.at, nowMs)
  const left = halfLifeMs === null ? held.points : decayed(held, halfLifeMs, at)
  const window = cap?.perMs == null ? undefined : inWindow(held, at - cap.perMs)
  const used = window === undefined ? Math.abs(left) : window.reduce((sum, [, n]) => sum + Math.abs(n), 0)
  const room = cap === null ? Number.POSITIVE_INFINITY : Math.max(0, cap.points - used)
  const added = Math.sign(factor.points) * Math.min(Math.abs(factor.points), room)
  if (added === 0 && typeof before === 'object') return before
  return {
    points: within(left + added),
    at,
    given: within(held.given + added),
    times: held.times + 1,
    ...(window === undefined ? {} : { window: [...window, [at, added] as const].slice(-windowTimesMax) }),
  }
}

/**
 * The points in the form that the factor asks for: a factor that was changed goes on with what it has, which decays from now on, or no
 * more. The same value when it fits.
 */
export function asHeld(before: CollectedPoints, factor: EventFactor, nowMs: number): HeldPoints
export function asHeld(
  before: CollectedPoints | undefined,
  factor: EventFactor,
  nowMs: number,
): HeldPoints | undefined
export function asHeld(
  before: CollectedPoints | undefined,
  factor: EventFactor,
  nowMs: number,
): HeldPoints | undefined {
  if (typeof before !== 'number') return before
  const times = factor.points === 0 ? 0 : Math.max(0, Math.round(before / factor.points))
  return { points: before, at: nowMs, given: before, times }
}

/** Whether a factor needs more than the sum. */
export function isHeld({ halfLifeMs, cap }: EventFactor): boolean {
  return halfLifeMs !== null || cap !== null
}

function inWindow({ window = [] }: HeldPoints, afterMs: number): readonly (readonly [number, number])[] {
  return window.filter(([at]) => at > afterMs)
}

function within(points: number): number {
  return Math.max(-collectedMax, Math.min(collectedMax, points))
}

/** Reads collected points from an event's data; what is not such a thing is left out. */
export function readCollected(value: JsonValue | undefined): CollectedByFactor {
  if (!isJsonObject(value)) return {}
  return Object.fromEntries(
    Object.entries(value).flatMap(([factor, points]): readonly [string, CollectedPoints][] => {
      if (typeof points === 'number') return [[factor, points]]
      return isHeldPoints(points) ? [[factor, points as unknown as HeldPoints]] : []
    }),
  )
}

function isHeldPoints(value: JsonValue | undefined): boolean {
  if (!isJsonObject(value)) return false
  const { window } = value
  return (
    ['points', 'at', 'given', 'times'].every((key) => typeof value[key] === 'number') &&
    (window === undefined || Array.isArray(window))
  )
}
