import { formatDuration } from '../../kernel/duration.ts'
import type { ScoreShare } from '../decide/decision.ts'
import type { EventFactor } from './compiled-score.ts'
import type { HeldPoints } from './held-points.ts'

/** The share of a factor whose points fade or are capped, with their age and what decay took. */
export function heldShare(factor: EventFactor, held: HeldPoints, points: number, atMs: number): ScoreShare {
  const { halfLifeMs, cap } = factor
  const { at, given, times } = held
  const age = formatDuration(wholeMs(Math.max(0, atMs - at)))
  const parts = [`${fits(factor)}, ${timesText(times)}, last ${age} ago`]
  if (cap !== null)
    parts.push(
      `at most ${cap.points}${cap.perMs === null ? '' : ` in ${formatDuration(cap.perMs)}`}: ${given} given`,
    )
  if (halfLifeMs !== null) parts.push(`${points} left of ${given}, half-life ${formatDuration(halfLifeMs)}`)
  return {
    factor: factor.id,
    points,
    why: parts.join('; '),
    collectedAt: new Date(at).toISOString(),
    given,
    ...(halfLifeMs === null ? {} : { halfLifeMs }),
  }
}

/** What brings the points: `message.received with event.direction == "inbound"`. */
export function fits({ on, when }: EventFactor): string {
  return `${on}${when === null ? '' : ` with ${when.source}`}`
}

/** `1 time`, `3 times` */
export function timesText(times: number): string {
  return `${times} time${times === 1 ? '' : 's'}`
}

/** Nobody asks for an age to the millisecond: above a day minutes are enough. */
function wholeMs(ms: number): number {
  const unit = ms >= 86_400_000 ? 60_000 : 1_000
  return Math.floor(ms / unit) * unit
}
