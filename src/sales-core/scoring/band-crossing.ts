import type { CompiledBand, CompiledScore } from './compiled-score.ts'
import type { HeldPoints } from './held-points.ts'
import { pointsAt } from './held-points.ts'

/** Points that fade. */
export interface FadingPoints {
  readonly held: HeldPoints
  readonly halfLifeMs: number
}

/** A score taken apart by what time does to it. */
export interface ScoreParts {
  /** The factors that do not fade, summed. */
  readonly steady: number
  readonly fading: readonly FadingPoints[]
}

/** Intervals that a search looks at; beyond, a look at the time it has come to must do. */
const looksMax = 4_000
/** How far ahead such a look is at least, milliseconds. */
const lookAgainMs = 60_000

/** The score of its parts at an instant, inside the range. Sums are kept free of what binary fractions leave behind. */
export function scoreAt({ min, max }: CompiledScore, parts: ScoreParts, atMs: number): number {
  let sum = parts.steady
  for (const { held, halfLifeMs } of parts.fading) sum += pointsAt(held, { halfLifeMs }, atMs)
  return inRange(sum, min, max)
}

function inRange(sum: number, min: number, max: number): number {
  return Math.max(min, Math.min(max, cleanSum(sum)))
}

/** To a millionth: 0.1 + 0.2 is 0.3. */
export function cleanSum(sum: number): number {
  return Math.round(sum * 1_000_000) / 1_000_000
}

/**
 * The first millisecond after `fromMs` at which time alone has brought the score out of its band; null: it stays. Points that were taken
 * away fade too, so a score may rise: then the sum is searched by intervals that it certainly does not leave the band in. A search
 * that gets nowhere gives a time at which to look again, before which nothing happens.
 */
export function nextCrossing(
  score: CompiledScore,
  parts: ScoreParts,
  band: string | null,
  fromMs: number,
): number | null {
  const { low, high } = boundsOf(score.bands, band)
  const fading = parts.fading.filter(({ held }) => held.points !== 0)
  if (fading.length === 0 || score.bands.length === 0) return null
  const isInside = (points: number): boolean => points >= low && points < high
  if (!isInside(scoreAt(score, parts, fromMs))) return null
  const waiting: (readonly [number, number])[] = [[fromMs, Math.max(fromMs, ...fading.map(goneBy))]]
  for (let looks = 0; looks < looksMax; looks += 1) {
    const next = waiting.pop()
    if (next === undefined) return null
    const [from, to] = next
    const { least, most } = spanOf(score, parts.steady, fading, from, to)
    if (isInside(least) && isInside(most)) continue
    if (to - from <= 1) {
      if (!isInside(scoreAt(score, parts, to))) return to
      continue
    }
    const middle = Math.floor((from + to) / 2)
    waiting.push([middle, to], [from, middle])
  }
  return Math.max(fromMs + lookAgainMs, waiting.at(-1)?.[0] ?? fromMs)
}

/** The points between which a band is kept. */
function boundsOf(bands: readonly CompiledBand[], current: string | null): { low: number; high: number } {
  const held = bands.find(({ name }) => name === current)
  const from = held?.from ?? Number.NEGATIVE_INFINITY
  const above = bands.filter((band) => band.from > from).map((band) => band.from)
  return { low: held?.leaveBelow ?? Number.NEGATIVE_INFINITY, high: Math.min(...above) }
}

/** When the points have faded to nothing, as they are rounded. */
function goneBy({ held: { points, at }, halfLifeMs }: FadingPoints): number {
  return at + Math.ceil(halfLifeMs * Math.max(0, Math.log2(Math.abs(points) / 0.005))) + 1
}

/** What the score cannot fall below or rise above between two instants: each part only comes nearer to 0. */
function spanOf(
  { min, max }: CompiledScore,
  steady: number,
  fading: readonly FadingPoints[],
  from: number,
  to: number,
): { readonly least: number; readonly most: number } {
  let least = steady
  let most = steady
  for (const { held, halfLifeMs } of fading) {
    const first = pointsAt(held, { halfLifeMs }, from)
    const last = pointsAt(held, { halfLifeMs }, to)
    least += Math.min(first, last)
    most += Math.max(first, last)
  }
  return { least: inRange(least, min, max), most: inRange(most, min, max) }
}
