/** Where time comes from. Injected everywhere, so that a test may hold it. */
export interface Clock {
  /** The wall clock. */
  now(): Date
  /** Milliseconds that never go back; only differences mean anything. */
  monotonicMs(): number
}

export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
}
