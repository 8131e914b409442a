import { NxError } from '../../kernel/errors.ts'
import { shardCount } from '../../messaging/events/entity-key.ts'
import type { OutboxPause } from '../../messaging/relay/outbox-control.ts'
import { actorName } from '../../platform/access/actor.ts'
import type { Operator } from '../operator.ts'
import { requireInstallation } from '../permitted-tenant.ts'

/** The longest pause that ends by itself, milliseconds: a week. The log keeps what waits much longer. */
export const pauseMsMax = 7 * 24 * 3_600_000

/**
 * Stops publishing, for all daemons. `shards` null: everywhere; `forMs` null: until somebody resumes. Needs outbox.manage on the
 * installation. Throws NX-DENIED, NX-OUTBOX-SHARD and NX-OUTBOX-PAUSE (usage).
 */
export async function pauseOutbox(
  operator: Pick<Operator, 'actor' | 'outboxControl'>,
  request: {
    readonly shards: readonly number[] | null
    readonly forMs: number | null
    readonly reason: string
  },
): Promise<OutboxPause> {
  requireInstallation(operator, 'outbox.manage')
  const { shards, forMs, reason } = request
  const unknown = shards?.find((shard) => !Number.isInteger(shard) || shard < 0 || shard >= shardCount)
  if (unknown !== undefined) {
    throw new NxError('usage', 'NX-OUTBOX-SHARD', `There is no shard ${unknown}`, {
      fix: `Shards are numbered 0 to ${shardCount - 1}; \`neuronx outbox stats\` shows which are busy.`,
    })
  }
  if (forMs !== null && (forMs < 1_000 || forMs > pauseMsMax)) {
    throw new NxError('usage', 'NX-OUTBOX-PAUSE', 'A pause lasts between one second and seven days', {
      fix: 'Name a time such as 30m, or leave it out to pause until somebody resumes.',
    })
  }
  const chosen = shards === null || shards.length === 0 ? null : [...new Set(shards)].sort((a, b) => a - b)
  return operator.outboxControl.pause({ shards: chosen, forMs, by: actorName(operator.actor), reason })
}

/** Lets everything that was paused go on. Returns whether anything was. Needs outbox.manage on the installation. */
export async function resumeOutbox(
  operator: Pick<Operator, 'actor' | 'outboxControl'>,
  reason: string | null,
): Promise<boolean> {
  requireInstallation(operator, 'outbox.manage')
  return operator.outboxControl.resume(actorName(operator.actor), reason)
}
