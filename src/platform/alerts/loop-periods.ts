import { watchThresholds } from './watch-thresholds.ts'

/** The longest that each loop takes from one round to the next when all is well, milliseconds. */
const periodsMs: Readonly<Record<string, number>> = {
  'tenant-directory': 600,
  'shard-owner': 3_000,
  relay: 400,
  dispatcher: 1_000,
  timers: 1_000,
  schedules: 1_000,
  'reconcile-polls': 2_000,
  'rule-breakers': 1_000,
  'lease-recovery': 2_000,
  'doubt-settler': 30_000,
  failover: 2_000,
  // A round may wait for slow vendors.
  'read-only': 30_000,
  reconciler: 5_000,
  jobs: 1_000,
  'workflow-follow': 2_000,
  // A look may take as long as its repository takes to answer.
  'config-sources': 120_000,
  'rollout-actuator': 1_000,
  'alert-watch': 10_000,
  // A round may wait for slow vendors.
  'credential-keeper': 60_000,
  maintenance: 600_000,
  retention: 600_000,
}

/**
 * From which age of its last success on a loop counts as stopped; null for what is not a loop: the event consumer succeeds when
 * there are events, and may have nothing to do for days.
 */
export function loopLateMs(loop: string): number | null {
  const periodMs = Object.hasOwn(periodsMs, loop) ? periodsMs[loop] : undefined
  if (periodMs === undefined) return null
  return Math.max(watchThresholds.loopLateMsMin, periodMs * watchThresholds.loopLatePeriods)
}
