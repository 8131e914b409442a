import { NxError } from '../../kernel/errors.ts'
import { nearestName } from '../../kernel/nearest-name.ts'
import type { Page, PageRequest } from '../../messaging/reading/event-reader.ts'
import type { Actor } from '../../platform/access/actor.ts'
import type { ScheduleRun } from './schedule-run.ts'

/** A schedule as people see it. Times are RFC 3339, UTC. */
export interface ScheduleView {
  readonly workspace: string
  readonly name: string
  /** Of the document that it follows. */
  readonly digest: string
  readonly times: string
  /** When it is next due; null: it is paused and was never due, or never will be. */
  readonly nextAt: string | null
  readonly pausedAt: string | null
  readonly pausedBy: string | null
  /** Why it cannot run now: its configuration cannot be loaded, say. */
  readonly trouble: { readonly code: string; readonly message: string; readonly at: string } | null
  /** The run under way, else the last one; null: it never ran. */
  readonly lastRun: ScheduleRun | null
}

/** What people do with schedules. Every change is audited. */
export interface ScheduleControl {
  /** null: of all workspaces. By workspace and name. */
  list(tenantId: string, workspace: string | null): Promise<readonly ScheduleView[]>
  /** null: there is none of that name. */
  show(tenantId: string, workspace: string, name: string): Promise<ScheduleView | null>
  /** Newest first. */
  runs(tenantId: string, workspace: string, name: string, page: PageRequest): Promise<Page<ScheduleRun>>
  /** Asks for a run now. Throws NX-SCHEDULE-NOT-FOUND, NX-SCHEDULE-PAUSED, NX-SCHEDULE-BUSY (one that was asked for waits already). */
  requestRun(at: ScheduleName, actor: Actor, reason: string | null): Promise<ScheduleRun>
  /** Stops it where it is. Again changes nothing. Throws NX-SCHEDULE-NOT-FOUND. */
  pause(at: ScheduleName, actor: Actor, reason: string | null): Promise<ScheduleView>
  /** Goes on: the run under way where it stopped; runs that came due meanwhile are not caught up. Throws NX-SCHEDULE-NOT-FOUND. */
  resume(at: ScheduleName, actor: Actor, reason: string | null): Promise<ScheduleView>
}

export interface ScheduleName {
  readonly tenantId: string
  readonly workspace: string
  readonly name: string
}

/** NX-SCHEDULE-NOT-FOUND, with the name that may have been meant. */
export function scheduleNotFound({ workspace, name }: ScheduleName, known: readonly string[]): NxError {
  const near = nearestName(name, known)
  return new NxError('not_found', 'NX-SCHEDULE-NOT-FOUND', `There is no schedule '${name}'`, {
    detail: `In the workspace ${workspace}. A Schedule that was just applied appears within seconds, by a running daemon.`,
    fix: near === null ? 'List them: neuronx schedule list' : `Did you mean '${near}'?`,
  })
}
