import type { LoggedEvent } from '../../messaging/events/event.ts'
import { isWorkflowAsk } from '../workflows/workflow-asks.ts'
import type { ApplyReport, EventOutcome } from './decision-store.ts'

/** What a transaction put into the world, for those who have to see to it. */
export interface Applied {
  readonly commands: number
  readonly emitted: number
  /** Of its events: those that timers became, and those that came from outside. */
  readonly timers: number
  readonly fromOutside: number
}

export function appliedOf({ commands, emitted }: ApplyReport, outcomes: readonly EventOutcome[]): Applied {
  return {
    commands,
    emitted,
    timers: outcomes.filter(({ event }) => hasFired(event)).length,
    fromOutside: outcomes.filter(({ event }) => event.origin === 'external').length,
  }
}

/** What is asked of workflows and what is replayed has a timer's origin too, but no timer fired: one that does begins a chain. */
function hasFired(event: LoggedEvent): boolean {
  return event.origin === 'timer' && event.rootId === event.id && !isWorkflowAsk(event)
}
