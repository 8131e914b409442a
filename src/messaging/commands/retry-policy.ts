/** When a failed attempt is tried again. Times in milliseconds. */
export interface RetryPolicy {
  readonly attemptsMax: number
  readonly baseMs: number
  readonly factor: number
  readonly capMs: number
  /** Share of the delay that is drawn at random, up and down: 0.1 is +-10 %. */
  readonly jitter: number
  /** How long a command may be parked (429, connection refused, breaker open) before it is given up. */
  readonly maxElapsedMs: number
}

export const defaultRetryPolicy: RetryPolicy = {
  attemptsMax: 5,
  baseMs: 1_000,
  factor: 2,
  capMs: 300_000,
  jitter: 0.1,
  maxElapsedMs: 86_400_000,
}

/**
 * The delay after the attempt with this number (1 is the first). A vendor's Retry-After wins when it is longer.
 * `random` is in [0, 1).
 */
export function retryDelayMs(
  policy: RetryPolicy,
  attempt: number,
  retryAfterMs: number | null,
  random: number,
): number {
  const exponential = Math.min(policy.capMs, policy.baseMs * policy.factor ** (attempt - 1))
  const jittered = exponential * (1 + policy.jitter * (2 * random - 1))
  return Math.round(Math.max(jittered, retryAfterMs ?? 0))
}
