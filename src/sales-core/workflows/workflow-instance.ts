import type { JsonObject, JsonValue } from '../../kernel/json.ts'

/** The revision of the interpreter: an instance says by which its state was written. Rows without one are of revision 1. */
export const engineRev = 2

/** Why a position is not moving. `from`: when the wait began; `until`: when it gives up, null: never. RFC 3339. */
export type InstanceWait =
  | { readonly kind: 'timer'; readonly until: string; readonly from?: string }
  | {
      readonly kind: 'event'
      readonly eventType: string
      /** CEL source of `where`, null for any; evaluated with the definition the instance is pinned to. */
      readonly where: string | null
      readonly until: string | null
      readonly from?: string
    }
  /** For what comes of a call or send. `attempt` counts from 1. */
  | {
      readonly kind: 'result'
      readonly commandId: string
      readonly attempt: number
      /** What the call was given, when its undo has to be given the same. */
      readonly input?: JsonObject
      readonly until: string | null
      readonly from?: string
    }
  /** To ask for a call again. */
  | { readonly kind: 'retry'; readonly attempt: number; readonly until: string }
  /** Beside the workflow: if the send comes to nothing, its fallback is sent. */
  | { readonly kind: 'fallback'; readonly commandId: string; readonly until: string }
  /** For the undoing of a saga's call. */
  | { readonly kind: 'undo'; readonly commandId: string; readonly saga: string; readonly until: null }
  | {
      readonly kind: 'task'
      readonly taskId: string
      readonly until: string | null
      readonly from?: string
    }
  | {
      readonly kind: 'workflow'
      readonly instanceId: string
      readonly until: string | null
      readonly from?: string
    }
  /** To begin a step to which a migration has moved it. */
  | { readonly kind: 'enter'; readonly until: string }
  /** Enrolled while another instance runs: it begins when that one has ended. */
  | { readonly kind: 'turn'; readonly until: null }

/** One place at which an instance waits. A parallel step makes several. */
export interface Position {
  readonly stepId: string
  readonly wait: InstanceWait
}

/** A saga that has begun: its calls that took effect, oldest first. */
export interface SagaMemory {
  readonly done: readonly SagaCall[]
  /** Why it is being undone; absent: it goes well so far. */
  readonly failed?: StepFailure
}

export interface SagaCall {
  readonly stepId: string
  /** What the undo is given when it says nothing of its own. */
  readonly input?: JsonObject
}

export interface StepFailure {
  readonly stepId: string
  readonly code: string
  readonly message: string
}

/** What an instance remembers beside its positions. What is empty is left out. */
export interface InstanceMemory {
  /** Parallel steps that have not come together: the branches that are still on their way. */
  readonly open?: Readonly<Record<string, readonly string[]>>
  readonly sagas?: Readonly<Record<string, SagaMemory>>
  /** wait_for steps that look back: null until an event comes, then its data. */
  readonly early?: Readonly<Record<string, JsonValue>>
  /** It has ended but for sagas that are being undone: what it becomes then. */
  readonly closing?: EndedState
  /** Depth of the event that started it: its calls go on from there. Absent: 0. */
  readonly depth?: number
}

/** Why an instance came to its end. */
export type EndReason =
  /** It ran to its end. */
  | 'end'
  | 'goal'
  /** A stop_when, a stop action or a person. */
  | 'stopped'
  /** A new enrolment took its place. */
  | 'restarted'
  /** A saga failed, was undone, and its on_failure led nowhere else. */
  | 'undone'

export type EndedState =
  | { readonly status: 'done'; readonly endedAt: string; readonly how?: EndReason; readonly by?: string }
  | { readonly status: 'failed'; readonly endedAt: string; readonly stepId: string; readonly error: string }

/**
 * A run of a workflow for one entity. Asleep it is a row and no memory. `stepId` and `wait` are the position that falls due first,
 * so that `wait.until` is when the instance has to be woken; `others` are the further ones. Rows of revision 1 have only the first.
 */
export interface WaitingState {
  readonly status: 'waiting'
  readonly stepId: string
  readonly wait: InstanceWait
  readonly others?: readonly Position[]
  readonly memory?: InstanceMemory
  readonly rev?: number
}

export type InstanceState = WaitingState | EndedState

export interface WorkflowInstance {
  /** derivedId of tenant, workflow, entity and the starting event. */
  readonly id: string
  readonly workflow: string
  /** Digest of the Workflow document it was started with; it stays on it. */
  readonly definitionDigest: string
  readonly entityKey: string
  readonly state: InstanceState
  /** Grows with every advance; a timer or command of an older seq is stale. */
  readonly seq: number
  readonly vars: JsonObject
  readonly startedByEventId: string
  readonly startedAt: string
  /** Steps run so far. */
  readonly steps: number
}

/** All places at which an instance waits, whichever revision wrote its state. Empty when it has ended. */
export function positionsOf(state: InstanceState): readonly Position[] {
  if (state.status !== 'waiting') return []
  const { stepId, wait, others = [] } = state
  return [{ stepId, wait }, ...others]
}

/** The steps at which it waits as its author sees them: without what goes on beside the workflow. */
export function waitingSteps(state: InstanceState): readonly string[] {
  return [
    ...new Set(
      positionsOf(state)
        .filter(isOnItsWay)
        .map(({ stepId }) => stepId),
    ),
  ]
}

/** What it has come to, though something beside its steps may still have to be finished; null: it is on its way, or queued. */
export function endOf(state: InstanceState): EndedState | null {
  return state.status === 'waiting' ? (state.memory?.closing ?? null) : state
}

/** Is it somewhere in its steps? A saga that is being undone belongs to them as long as the workflow may go on after it. */
export function isRunning(state: InstanceState): boolean {
  return endOf(state) === null && !isQueued(state)
}

/** Is it enrolled and waiting for its turn? */
export function isQueued(state: InstanceState): boolean {
  return state.status === 'waiting' && state.wait.kind === 'turn'
}

function isOnItsWay({ wait }: Position): boolean {
  return wait.kind !== 'fallback' && wait.kind !== 'undo'
}

/** The state of an instance that waits at these positions: one at least. */
export function waitingState(positions: readonly Position[], memory: InstanceMemory): WaitingState {
  const [first, ...others] = positions.toSorted(byDue)
  if (first === undefined) throw new RangeError('An instance that waits has a position')
  return {
    status: 'waiting',
    stepId: first.stepId,
    wait: first.wait,
    ...(others.length > 0 ? { others } : {}),
    ...(Object.keys(memory).length > 0 ? { memory } : {}),
    rev: engineRev,
  }
}

/** The one that falls due first is first; those without an end are last. Ties keep their order. */
function byDue(a: Position, b: Position): number {
  const [first, second] = [dueMs(a), dueMs(b)]
  return first === second ? 0 : first < second ? -1 : 1
}

/** When a position falls due; infinite: never. */
export function dueMs({ wait: { until } }: Position): number {
  return until === null ? Number.POSITIVE_INFINITY : Date.parse(until)
}

/** What a wait is for, for a person: ` for message.received`; empty: for its time. */
export function awaitedText(wait: InstanceWait): string {
  switch (wait.kind) {
    case 'event':
      return ` for ${wait.eventType}`
    case 'result':
      return ` for the result of command ${wait.commandId}`
    case 'fallback':
      return ` for what becomes of command ${wait.commandId}`
    case 'undo':
      return ` for the undo ${wait.commandId}`
    case 'task':
      return ` for task ${wait.taskId}`
    case 'workflow':
      return ` for workflow instance ${wait.instanceId}`
    case 'retry':
      return ` to try again`
    case 'turn':
      return ` for its turn`
    case 'timer':
    case 'enter':
      return ''
  }
}
