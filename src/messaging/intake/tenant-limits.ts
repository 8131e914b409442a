/** What a tenant may send, and how its share is weighed against others'. */
export interface IntakeLimits {
  /** Of the whole installation: each daemon grants its part. */
  readonly eventsPerSecond: number
  /** Events that may come at once after a quiet time; as above. */
  readonly burst: number
  /** For how long keys of events and requests are remembered, milliseconds. */
  readonly keyHorizonMs: number
  /** Events that may wait for the database in one daemon. */
  readonly waitingEventsMax: number
  /** 1 to 100: against other tenants, wherever something is shared. */
  readonly weight: number
}

/** What a tenant's calls may take. */
export interface DispatchLimits {
  /** 1 to 100: against other tenants, when commands are claimed. */
  readonly weight: number
  /** Calls of one tenant under way at once in one daemon. */
  readonly inFlightMax: number
}

/** The limits of tenants, from their Limits documents. In memory: never waits, never throws; the defaults until they are known. */
export interface TenantLimits {
  intake(tenantId: string): IntakeLimits
  dispatchWeight(tenantId: string): number
  dispatchInFlight(tenantId: string): number
}

export const defaultIntakeLimits: IntakeLimits = {
  eventsPerSecond: 20_000,
  burst: 40_000,
  keyHorizonMs: 7 * 86_400_000,
  waitingEventsMax: 10_000,
  weight: 1,
}

export const defaultDispatchLimits: DispatchLimits = { weight: 1, inFlightMax: 256 }

/** Everybody under the defaults. */
export const defaultTenantLimits: TenantLimits = {
  intake: () => defaultIntakeLimits,
  dispatchWeight: () => defaultDispatchLimits.weight,
  dispatchInFlight: () => defaultDispatchLimits.inFlightMax,
}
