/** Every limit of the public listener. */
export interface GatewayLimits {
  /** Body of POST /v1/events, bytes: a batch. */
  readonly batchBytesMax: number
  /** Body of a webhook, bytes. */
  readonly webhookBytesMax: number
  /** All bodies that are being received or worked on, bytes; above it 429. */
  readonly bodyBytesInFlightMax: number
  /** All headers of a request, bytes. */
  readonly headerBytesMax: number
  /** From the first byte of a request to its last, milliseconds. */
  readonly requestTimeoutMs: number
  /** How long an idle connection is kept, milliseconds. */
  readonly keepAliveTimeoutMs: number
  readonly connectionsMax: number
  /** Requests being answered at once; above it 429. A tenant may have as many as are left for the others, times its weight. */
  readonly inFlightMax: number
  /** How long a readiness check may take, milliseconds. */
  readonly readinessTimeoutMs: number
  /** How long a stop waits for requests under way, milliseconds. */
  readonly stopTimeoutMs: number
}

export const defaultGatewayLimits: GatewayLimits = {
  batchBytesMax: 8 * 1024 * 1024,
  webhookBytesMax: 512 * 1024,
  bodyBytesInFlightMax: 64 * 1024 * 1024,
  headerBytesMax: 16 * 1024,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 65_000,
  connectionsMax: 10_000,
  inFlightMax: 2_000,
  readinessTimeoutMs: 2_000,
  stopTimeoutMs: 5_000,
}
