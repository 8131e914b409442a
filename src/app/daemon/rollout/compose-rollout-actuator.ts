import type { Database } from '../../../adapters/postgres/database.ts'
import { RolloutActuator } from '../../../control-plane/rollout/actuator/rollout-actuator.ts'
import type { Clock } from '../../../kernel/clock.ts'
import type { CrashPoints } from '../../../kernel/crash-points.ts'
import type { Logger } from '../../../kernel/logger.ts'
import type { ShardLease } from '../../../messaging/ownership/shard-leases.ts'

export interface ActuatorResources {
  readonly database: Pick<Database, 'stores'>
  readonly bus: { nudge(topic: 'control'): void }
  readonly daemonId: string
  readonly clock: Clock
  readonly logger: Logger
  readonly crashPoints: CrashPoints
}

/** What moves rollouts on, wired to the daemon's other parts. */
export function composeRolloutActuator(
  { database, bus, daemonId, clock, logger, crashPoints }: ActuatorResources,
  { directory, leases }: { directory: { wake(): void }; leases: () => readonly ShardLease[] },
): RolloutActuator {
  const { rollouts, alerts } = database.stores
  return new RolloutActuator({
    store: rollouts,
    alerts,
    owner: daemonId,
    nudge: () => {
      // A nudge is not heard by the one who sends it.
      directory.wake()
      bus.nudge('control')
    },
    watches: () => leases().some(({ shard }) => shard === 0),
    clock,
    logger,
    crashPoints,
  })
}
