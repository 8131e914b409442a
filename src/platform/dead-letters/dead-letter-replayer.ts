import type { Actor } from '../access/actor.ts'

export type ReplayResult =
  | { readonly id: string; readonly state: 'replayed'; readonly as: string }
  | { readonly id: string; readonly state: 'skipped'; readonly why: string }

/**
 * Puts dead letters back to work: a command goes to its lane again with its idempotency key unchanged; an event or a rule's
 * part of one is logged anew as a `replay`; a webhook that could not be mapped is translated again by the caller first.
 * In the same transaction the letter becomes `replaying`/`resolved`, with an audit row.
 */
export interface DeadLetterReplayer {
  /** In-doubt commands are skipped unless `includeInDoubt`: their effect may happen twice. */
  replay(
    tenantId: string,
    ids: readonly string[],
    options: { includeInDoubt: boolean },
    actor: Actor,
    reason: string | null,
  ): Promise<readonly ReplayResult[]>
}
