import { derivedId } from '../../kernel/ids.ts'
import type { EntityRef, NxEvent } from '../../messaging/events/event.ts'
import { timerDueType } from '../processing/decision-store.ts'
import type { WorkflowInstance } from './workflow-instance.ts'

/** A wait of an instance that is over. */
export interface WorkflowTimer {
  readonly instance: Pick<WorkflowInstance, 'id' | 'seq' | 'startedByEventId'>
  readonly tenantId: string
  /** Of its entity. */
  readonly workspace: string
  readonly ref: EntityRef
  /** Of the event that started the instance. */
  readonly correlationId: string
}

/** The event that the end of a wait becomes: the same however often it is made. A timer starts a chain anew. `time`: RFC 3339, UTC. */
export function workflowTimerEvent(timer: WorkflowTimer, time: string): NxEvent {
  const { id: instanceId, seq, startedByEventId } = timer.instance
  const id = derivedId('timer', instanceId, String(seq))
  return {
    id,
    tenantId: timer.tenantId,
    workspace: timer.workspace,
    type: timerDueType,
    subject: timer.ref,
    source: 'neuronx/workflows',
    externalId: `${instanceId}#${seq}`,
    time,
    data: { instanceId, seq },
    origin: 'timer',
    correlationId: timer.correlationId,
    causationId: startedByEventId,
    rootId: id,
    depth: 0,
  }
}
