import type { JsonObject } from '../../kernel/json.ts'
import type {
  DeadLetterClass,
  DeadLetterSource,
  DeadLetterStatus,
} from '../../messaging/dead-letters/dead-letter.ts'
import type { Actor } from '../access/actor.ts'
import type { Job, JobPace } from '../jobs/job.ts'

/** Which letters. All conditions given must hold; times are those at which the letters were written. */
export interface DeadLetterSelection {
  readonly ids?: readonly string[]
  /** Default: open ones for a filter, any for letters that are named. */
  readonly status?: DeadLetterStatus | 'all'
  readonly class?: DeadLetterClass
  readonly source?: DeadLetterSource
  readonly integration?: string
  readonly fingerprint?: string
  readonly entity?: { readonly workspace: string; readonly kind: string; readonly id: string }
  readonly code?: string
  /** RFC 3339, inclusive. */
  readonly since?: string
  /** RFC 3339, exclusive. */
  readonly until?: string
  /** At most so many, oldest first. */
  readonly max?: number
}

/** Letters with the same trouble. */
export interface DeadLetterGroup {
  readonly fingerprint: string
  readonly class: DeadLetterClass
  readonly code: string
  readonly integration: string | null
  readonly cause: string | null
  /** The reason of the newest. */
  readonly sample: string
  readonly sampleId: string
  readonly open: number
  readonly total: number
  readonly firstAt: string
  readonly lastAt: string
}

/** What a bulk action would do: the action's own statement in a transaction that is rolled back. */
export interface DeadLetterPlan {
  readonly total: number
  /** How many of them would be left alone, by reason: `{"in doubt": 3, "already succeeded": 1}`. */
  readonly skipped: Readonly<Record<string, number>>
  readonly byIntegration: Readonly<Record<string, number>>
  readonly byClass: Readonly<Record<string, number>>
  readonly entities: number
  readonly oldestAt: string | null
  readonly newestAt: string | null
  /** At the given rate; null when it has none. */
  readonly estimatedMs: number | null
  /** Up to 20 ids, in the order in which they would be worked on. */
  readonly firstIds: readonly string[]
}

export type DeadLetterAction =
  | {
      readonly kind: 'replay'
      /** Their effect may happen twice. */
      readonly includeInDoubt: boolean
      /** A fresh idempotency key: for vendors that remember the failure under the old one. The effect may happen twice. */
      readonly newKey: boolean
      /** strict: a letter whose lane is blocked waits its turn behind it; skip_blocked: it is skipped. */
      readonly order: 'strict' | 'skip_blocked'
    }
  | { readonly kind: 'resolve'; readonly outcome: 'done_elsewhere' | 'skip'; readonly evidence: string }
  | { readonly kind: 'discard' }

/** What a person does with dead letters. Every call is confined to one tenant; every change writes an audit row. */
export interface DeadLetterOperations {
  /** By last occurrence, newest first; at most `max` (500). */
  groups(
    tenantId: string,
    filter: { readonly since?: string; readonly status?: DeadLetterStatus; readonly max: number },
  ): Promise<readonly DeadLetterGroup[]>
  plan(
    tenantId: string,
    selection: DeadLetterSelection,
    action: DeadLetterAction,
    pace: JobPace,
  ): Promise<DeadLetterPlan>
  /** Freezes the selection and makes the job. Throws NX-DLQ-EMPTY (not_found) when nothing matches, NX-JOB-TOO-LARGE. */
  start(
    tenantId: string,
    selection: DeadLetterSelection,
    action: DeadLetterAction,
    pace: JobPace,
    actor: Actor,
    reason: string | null,
  ): Promise<Job>
  /**
   * A command with another input: a new command with a new key and a link to its parent, checked against the operation's
   * requirements by the caller; the letter is resolved and keeps the difference. Throws NX-DEAD-LETTER-NOT-FOUND, NX-DLQ-NOT-A-COMMAND,
   * NX-DLQ-NOT-OPEN.
   */
  edit(
    tenantId: string,
    id: string,
    input: JsonObject,
    actor: Actor,
    reason: string | null,
  ): Promise<{ readonly commandId: string; readonly parentId: string }>
}
