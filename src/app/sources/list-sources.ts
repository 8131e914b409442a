import type { SourceState, SourceStatus } from '../../control-plane/sources/source.ts'
import { requirePermission } from '../../platform/access/actor.ts'
import type { Operator } from '../operator.ts'

/** A source as commands show it. */
export interface ShownSource extends Pick<
  SourceStatus,
  | 'name'
  | 'from'
  | 'intervalMs'
  | 'onDrift'
  | 'state'
  | 'code'
  | 'message'
  | 'findings'
  | 'since'
  | 'lookedAt'
  | 'followedBy'
> {
  /** Commit (a directory: its fingerprint) that was looked at last, and the last one that was applied. */
  readonly seen: string | null
  readonly applied: { readonly version: string; readonly at: string } | null
  readonly rollouts: readonly string[]
  readonly planId: string | null
}

/** Looks that did not happen before a source counts as left alone. */
const missedLooks = 3
const graceMs = 60_000

/** All sources and how they stand. Needs config.read on the installation. */
export async function listSources({ actor, sources, clock }: Operator): Promise<readonly ShownSource[]> {
  requirePermission(actor, 'config.read', null)
  const now = clock.now().getTime()
  return (await sources.list()).map((status) => shownSource(status, now))
}

export function shownSource(status: SourceStatus, nowMs: number): ShownSource {
  const { name, from, intervalMs, onDrift, state, code, findings, since, lookedAt, memory } = status
  const leftAlone = Date.parse(status.dueAt) + missedLooks * intervalMs + graceMs < nowMs
  return {
    ...{ name, from, intervalMs, onDrift, state, code, findings, since, lookedAt },
    message: leftAlone
      ? `no daemon has followed it since ${lookedAt ?? 'it was named'}; ${status.message}`
      : status.message,
    followedBy: status.followedBy,
    seen: memory.seen,
    applied: memory.applied,
    rollouts: memory.rollouts,
    planId: memory.planId,
  }
}

/** In these nothing needs anybody's attention. */
export const calmStates: readonly SourceState[] = ['in_sync', 'rolling']
