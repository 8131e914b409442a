import type { Actor } from '../access/actor.ts'
import type { Job, JobPace } from './job.ts'

/** Which events. All conditions given must hold; times are those at which the events were accepted. */
export interface EventSelection {
  readonly ids?: readonly string[]
  readonly type?: string
  readonly entity?: { readonly workspace: string; readonly kind: string; readonly id: string }
  /** RFC 3339, inclusive. */
  readonly since?: string
  /** RFC 3339, exclusive. */
  readonly until?: string
  /** At most so many, oldest first. */
  readonly max?: number
}

export interface EventReplayOptions {
  /** Only this rule, `RuleSet/rule`, of each event; null: everything that the event does. */
  readonly rule: string | null
  /** Also events whose commands succeeded: they are asked for once more. */
  readonly allowRepeat: boolean
}

/** What a replay would do; nothing has happened. */
export interface EventReplayPlan {
  readonly total: number
  /** How many would be left alone, by reason: `{"commands succeeded": 2}`. */
  readonly skipped: Readonly<Record<string, number>>
  readonly byType: Readonly<Record<string, number>>
  readonly entities: number
  readonly oldestAt: string | null
  readonly newestAt: string | null
  /** At the given rate; null when it has none. */
  readonly estimatedMs: number | null
  /** Up to 20 ids, in the order in which they would be worked on. */
  readonly firstIds: readonly string[]
  /** The commands that succeeded for them and may be asked for again, up to 100: `sink.hit`. */
  readonly commands: readonly {
    readonly id: string
    readonly eventId: string
    readonly call: string
    readonly state: string
  }[]
}

/** Processes events anew, as new events that name their originals. Every call is confined to one tenant. */
export interface EventReplays {
  plan(
    tenantId: string,
    selection: EventSelection,
    options: EventReplayOptions,
    pace: JobPace,
  ): Promise<EventReplayPlan>
  /** Freezes the selection and makes the job. Throws NX-EVENT-NOT-FOUND (not_found) when nothing matches, NX-JOB-TOO-LARGE. */
  start(
    tenantId: string,
    selection: EventSelection,
    options: EventReplayOptions,
    pace: JobPace,
    actor: Actor,
    reason: string,
  ): Promise<Job>
}
