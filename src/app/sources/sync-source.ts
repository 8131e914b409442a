import { setTimeout as sleep } from 'node:timers/promises'
import type { SourceStatus } from '../../control-plane/sources/source.ts'
import { requirePermission } from '../../platform/access/actor.ts'
import type { Operator } from '../operator.ts'
import type { ShownSource } from './list-sources.ts'
import { shownSource } from './list-sources.ts'

export interface SyncRequest {
  readonly name: string
  readonly reason: string | null
  /** 0: do not wait for the look. */
  readonly waitMs: number
  readonly signal: AbortSignal
}

export interface SyncedSource extends ShownSource {
  /** Did a daemon look since it was asked? */
  readonly looked: boolean
}

const pollMs = 250

/**
 * Asks for a look at a source now, what is broken included, and waits for it. What was quarantined is not tried again by this. Needs
 * config.apply on the installation. Throws NX-SOURCE-NOT-FOUND.
 */
export async function syncSource(
  { actor, sources, clock }: Operator,
  { name, reason, waitMs, signal }: SyncRequest,
): Promise<SyncedSource> {
  requirePermission(actor, 'config.apply', null)
  let status = await sources.requestSync(name, actor, reason)
  const askedAt = Date.parse(status.syncRequestedAt ?? '')
  const untilMs = clock.monotonicMs() + waitMs
  while (!isAnswered(status, askedAt) && clock.monotonicMs() < untilMs && !signal.aborted) {
    await sleep(pollMs, undefined, { signal }).catch(() => {})
    status = (await sources.list()).find((one) => one.name === name) ?? status
  }
  return { ...shownSource(status, clock.now().getTime()), looked: isAnswered(status, askedAt) }
}

function isAnswered({ lookedAt }: SourceStatus, askedAt: number): boolean {
  return lookedAt !== null && Date.parse(lookedAt) >= askedAt
}
