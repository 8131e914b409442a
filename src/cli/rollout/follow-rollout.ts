import { setTimeout as pause } from 'node:timers/promises'
import type { RolloutStatus } from '../../app/rollout/rollout-status.ts'
import type { Clock } from '../../kernel/clock.ts'
import { NxError } from '../../kernel/errors.ts'
import { exitCodes } from '../errors/exit-codes.ts'
import { endOf } from './status-words.ts'

export interface FollowOptions {
  look(): Promise<RolloutStatus>
  show(status: RolloutStatus): void
  /** The database did not answer; it is asked again. */
  trouble(error: unknown): void
  readonly intervalMs: number
  /** Null: until the rollout is over. */
  readonly timeoutMs: number | null
  readonly signal: AbortSignal
  readonly clock: Pick<Clock, 'monotonicMs'>
}

export interface Followed {
  /** As it was seen last. */
  readonly status: RolloutStatus | null
  readonly exitCode: number
}

/**
 * Looks at a rollout until it is over, the time is up, or the signal is aborted. Exit codes: 0 completed; 1 rolled back, aborted,
 * superseded or failed to start; 8 still going; 124 the time was up and where it stands could not be seen.
 */
export async function followRollout(options: FollowOptions): Promise<Followed> {
  const { look, show, trouble, intervalMs, timeoutMs, signal, clock } = options
  const endsMs = timeoutMs === null ? Infinity : clock.monotonicMs() + timeoutMs
  let status: RolloutStatus | null = null
  for (;;) {
    const seen = await seenBy(look, trouble)
    const blind = seen === null
    if (seen !== null) {
      status = seen
      show(seen)
      const ended = endOf(seen)
      if (ended !== null) return { status, exitCode: ended }
    }
    const leftMs = endsMs - clock.monotonicMs()
    if (signal.aborted) return { status, exitCode: exitCodes.pending }
    if (leftMs <= 0) return { status, exitCode: blind ? exitCodes.timeout : exitCodes.pending }
    await pause(Math.min(intervalMs, leftMs), null, { signal }).catch(() => {})
  }
}

/** Null: the database did not answer. */
async function seenBy(
  look: FollowOptions['look'],
  trouble: FollowOptions['trouble'],
): Promise<RolloutStatus | null> {
  try {
    return await look()
  } catch (error) {
    if (!mayPass(error)) throw error
    trouble(error)
    return null
  }
}

/** A database that does not answer now may answer later. */
function mayPass(error: unknown): boolean {
  return error instanceof NxError && ['unreachable', 'unavailable', 'timeout'].includes(error.kind)
}
