/** Did the sink hear of every lead exactly once, and was every request accepted? */
export type Verdict =
  { readonly state: 'ok' } | { readonly state: 'failed'; readonly reasons: readonly string[] }

/** CPU seconds of the system's own process and of the services it uses. */
export interface CpuSeconds {
  readonly system: number
  readonly postgres: number
  readonly nats: number
}

export interface Throughput {
  readonly events: number
  /** From the first POST to the last call that the sink got. */
  readonly seconds: number
  readonly eventsPerSecond: number
  /** Until the last 202. */
  readonly acceptSeconds: number
  /** CPU seconds per 1,000 events, what follows the last call included. */
  readonly cpuPer1000: CpuSeconds
  readonly peakMemoryMiB: number
  readonly verdict: Verdict
}

export interface Latency {
  readonly perSecond: number
  readonly seconds: number
  /** From the moment the event's request was due (milliseconds): the accept itself is inside. */
  readonly sentToDelivered: { readonly p50: number; readonly p99: number; readonly max: number }
  /** From the 202. */
  readonly acceptToDelivered: { readonly p50: number; readonly p99: number }
  readonly cpuPer1000: CpuSeconds
  readonly peakMemoryMiB: number
  readonly verdict: Verdict
}

export interface Idle {
  readonly seconds: number
  /** Seconds of CPU a second: 0.02 is 2 % of one core. */
  readonly cpuShares: CpuSeconds
}

export interface Measured {
  readonly contestant: string
  readonly variant: string
  readonly idle: Idle | null
  readonly latency: Latency
  readonly throughput: Throughput
}
