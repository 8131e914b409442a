import type { Actor } from '../../platform/access/actor.ts'
import type { Job, JobPace } from '../../platform/jobs/job.ts'
import type { EntityState } from '../decide/entity-state.ts'
import type { PastEvent } from './recollect.ts'

/** Which entities a score is computed anew for. */
export interface RecomputeSelection {
  readonly model: string
  readonly entityKind: string
  /** The digest of the model in each workspace that has it; entities of others are left alone. */
  readonly workspaces: readonly { readonly workspace: string; readonly digest: string }[]
  /** Those scored by this model already, too. */
  readonly all: boolean
  /** At most so many, in the order of their keys; at most `jobItemsMax`. */
  readonly max: number
}

/** An entity that a recompute would look at. */
export interface RecomputeCandidate {
  readonly entityKey: string
  readonly entity: EntityState
  /** Its whole past; null: the log no longer has it, or it is too long. Empty when it was not asked for. */
  readonly past: readonly PastEvent[] | null
}

/** Computes scores anew, as a job whose items are the entities. Confined to one tenant. */
export interface ScoreRecomputes {
  /** How many there are. */
  count(tenantId: string, selection: Omit<RecomputeSelection, 'max'>): Promise<number>
  /** The next after a key (null: the first), at most `max`. `withPast`: with what they collected points from. */
  candidates(
    tenantId: string,
    selection: RecomputeSelection,
    page: { readonly after: string | null; readonly max: number; readonly withPast: boolean },
  ): Promise<readonly RecomputeCandidate[]>
  /**
   * Freezes the selection and makes the job. `emits`: bands that are entered tell so. Throws NX-SCORE-NOTHING (not_found) when there is
   * nothing to do.
   */
  start(
    tenantId: string,
    selection: RecomputeSelection,
    emits: boolean,
    pace: JobPace,
    actor: Actor,
    reason: string,
  ): Promise<Job>
}
