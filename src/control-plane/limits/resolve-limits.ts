import { parseDuration } from '../../kernel/duration.ts'
import type { LimitsSpec } from './limits-kind.ts'
import { limitsBounds } from './limits-kind.ts'

/** A tenant's limits, every one of them. */
export interface ResolvedLimits {
  readonly eventsPerSecond: number
  readonly burst: number
  readonly keyHorizonMs: number
  readonly waitingEvents: number
  readonly weight: number
  readonly inFlight: number
}

/**
 * Lays the documents over the defaults, later ones over earlier ones, member by member. A rate without a burst gets two
 * seconds' worth of it.
 */
export function resolveLimits(defaults: ResolvedLimits, documents: readonly LimitsSpec[]): ResolvedLimits {
  let limits = defaults
  for (const { intake = {}, dispatch = {} } of documents) {
    const eventsPerSecond = intake.eventsPerSecond ?? limits.eventsPerSecond
    limits = {
      eventsPerSecond,
      burst:
        intake.burst ?? (intake.eventsPerSecond === undefined ? limits.burst : twoSeconds(eventsPerSecond)),
      keyHorizonMs: intake.keyHorizon === undefined ? limits.keyHorizonMs : parseDuration(intake.keyHorizon),
      waitingEvents: intake.waitingEvents ?? limits.waitingEvents,
      weight: dispatch.weight ?? limits.weight,
      inFlight: dispatch.inFlight ?? limits.inFlight,
    }
  }
  return limits
}

function twoSeconds(eventsPerSecond: number): number {
  const { min, max } = limitsBounds.burst
  return Math.min(max, Math.max(min, Math.ceil(2 * eventsPerSecond)))
}
