/** When a state of the installation becomes something that somebody must know of. One place: alerts and `doctor` agree. */
export const watchThresholds = {
  inDoubtMs: 5 * 60_000,
  overdueMs: 5 * 60_000,
  blockedHeadMs: 60 * 60_000,
  credentialFailingMs: 5 * 60_000,
  credentialEndingMs: 7 * 86_400_000,
  reconcileFailingMs: 30 * 60_000,
  webhooksLostPerHour: 10,
  breakerOpenMs: 5 * 60_000,
  fenceMs: 30_000,
  unpublishedMs: 60_000,
  /** How long a shard stands still over one event. */
  refusedMs: 5_000,
  /** A loop is late after so many of its periods, but not before `loopLateMsMin`. */
  loopLatePeriods: 3,
  loopLateMsMin: 30_000,
  shardUnownedMs: 30_000,
  partitionDaysAheadMin: 3,
  pausedOutboxMs: 60 * 60_000,
  /** How long a repair of the bus stays an alert after the last one. */
  repairedForMs: 15 * 60_000,
  /** Payloads of one integration within an hour that nothing knows how to read. */
  strangePayloadsPerHour: 5,
  diskFreeShareMin: 0.1,
  clockSkewMs: 2_000,
} as const
