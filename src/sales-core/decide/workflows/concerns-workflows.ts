import type { LoggedEvent } from '../../../messaging/events/event.ts'
import type { SalesConfig } from '../../compile/sales-config.ts'
import type { WorkflowInstance } from '../../workflows/workflow-instance.ts'
import type { ActOutcome } from '../rules/act.ts'

/** Is there a workflow that an event may wake, start or stop? For most there is none. */
export function concernsWorkflows(
  event: LoggedEvent,
  instances: readonly WorkflowInstance[],
  config: Pick<SalesConfig, 'startsFor'>,
  { starts, stops }: Pick<ActOutcome, 'starts' | 'stops'>,
): boolean {
  if (instances.length > 0 || starts.length > 0 || stops.length > 0) return true
  // What a timer or a person asks of an instance that is gone is noted.
  return event.origin === 'timer' || config.startsFor(event.type).length > 0
}
