import { systemClock } from '../../../src/kernel/clock.ts'
import type { Clock } from '../../../src/kernel/clock.ts'
import { newId } from '../../../src/kernel/ids.ts'
import type { LoggedEvent } from '../../../src/messaging/events/event.ts'
import type { Decision } from '../../../src/sales-core/decide/decision.ts'
import type { EventOutcome, LoadedEntity } from '../../../src/sales-core/processing/decision-store.ts'
import type { WorkflowInstance } from '../../../src/sales-core/workflows/workflow-instance.ts'

/** Decides that every event adds its external id to the field `seen`. `more` adds what else an event leads to; `clock` says when. */
export function decideSeen(
  more: (event: LoggedEvent) => Partial<Decision> = () => ({}),
  clock: Clock = systemClock,
) {
  return async (loaded: readonly LoadedEntity[]): Promise<readonly EventOutcome[]> =>
    loaded.flatMap((entity) => {
      let state = entity.entity
      return entity.events.map((event): EventOutcome => {
        const before = (state.fields['seen'] as readonly string[] | undefined) ?? []
        const seen = [...before, event.externalId]
        state = {
          ...state,
          version: state.version + 1,
          appliedSeq: event.entitySeq,
          fields: { ...state.fields, seen },
        }
        const decision: Decision = {
          configDigest: 'digest',
          entity: state,
          changes: [{ field: 'seen', from: before, to: seen, by: 'event' }],
          instances: [],
          commands: [],
          waits: [],
          emitted: [],
          trace: { rules: [], scores: [], workflows: [], notes: [] },
          ...more(event),
        }
        return { event, state: 'decided', decision, decidedAt: clock.now(), deadLetters: [] }
      })
    })
}

/** An instance that waits for a timer. */
export function waitingInstance(
  event: LoggedEvent,
  until: string | null,
  change: Partial<WorkflowInstance> = {},
): WorkflowInstance {
  return {
    id: newId(),
    workflow: 'speed-to-lead',
    definitionDigest: 'digest',
    entityKey: `${event.workspace}/${event.subject.kind}/${event.subject.id}`,
    state: {
      status: 'waiting',
      stepId: 'nap',
      wait:
        until === null
          ? { kind: 'event', eventType: 'message.received', where: null, until }
          : { kind: 'timer', until },
    },
    seq: 1,
    vars: { greeted: true },
    startedByEventId: event.id,
    startedAt: event.acceptedAt,
    steps: 1,
    ...change,
  }
}
