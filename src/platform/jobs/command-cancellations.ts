import type { Actor } from '../access/actor.ts'
import type { Job, JobPace } from './job.ts'

/** Which commands, among those that wait or are ready. All conditions given must hold. */
export interface CommandSelection {
  readonly ids?: readonly string[]
  readonly integration?: string
  readonly entity?: { readonly workspace: string; readonly kind: string; readonly id: string }
  /** RFC 3339, inclusive: when they were asked for. */
  readonly since?: string
  /** At most so many, oldest first. */
  readonly max?: number
}

/** Cancels many commands as a job; a few are cancelled at once by CommandControl. Confined to one tenant. */
export interface CommandCancellations {
  /**
   * Freezes the selection and makes the job; what is sent before its turn comes is skipped. Throws NX-COMMAND-NOT-FOUND (not_found)
   * when nothing matches, NX-JOB-TOO-LARGE.
   */
  start(
    tenantId: string,
    selection: CommandSelection,
    pace: JobPace,
    actor: Actor,
    reason: string,
  ): Promise<Job>
}
