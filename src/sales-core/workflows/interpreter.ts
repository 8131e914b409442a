import type { JsonObject } from '../../kernel/json.ts'
import type { NxEvent } from '../../messaging/events/event.ts'
import type { VariableValues } from '../conditions/condition-compiler.ts'
import { taskEvents } from '../people/task-types.ts'
import type { CompiledStep, CompiledWorkflow } from './compiled-workflow.ts'
import { framesOf, stepById, varName } from './compiled-workflow.ts'
import type { Moved } from './run/instance-run.ts'
import { InstanceRun } from './run/instance-run.ts'
import { moveByEnd, moveByEvent, moveByTimer } from './run/move-position.ts'
import { runStep } from './run/run-step.ts'
import { abortSaga, closeSagas } from './run/saga-run.ts'
import type { StepServices } from './run/step-services.ts'
import type {
  EndReason,
  InstanceMemory,
  Position,
  StepFailure,
  WorkflowInstance,
} from './workflow-instance.ts'
import { dueMs, positionsOf, waitingState } from './workflow-instance.ts'

/** A message that the policy gate stopped; `insteadCommandId` names what goes out in its place. */
const suppressedType = 'message.suppressed'

/** What tells what came of a command; all carry its id as `commandId`. */
const resultEvents: ReadonlySet<string> = new Set([
  'command.succeeded',
  'command.failed',
  'command.cancelled',
  suppressedType,
])

const verbs = { runStep, abortSaga, closeSagas }

/** What moves an instance. */
export type AdvanceInput =
  | { readonly kind: 'start'; readonly event: NxEvent }
  /** Its turn has come: the one before it has ended. */
  | { readonly kind: 'turn' }
  /** The event that these positions were waiting for (`claims` said so). */
  | { readonly kind: 'event'; readonly event: NxEvent; readonly positions: readonly Position[] }
  /** Its timer of this seq is over. */
  | { readonly kind: 'timer'; readonly seq: number }
  /** A workflow of the same entity has ended. */
  | { readonly kind: 'ended'; readonly instanceId: string; readonly how: string; readonly failed: boolean }
  | { readonly kind: 'stop'; readonly how: EndReason; readonly by: string }

export interface Advance {
  readonly instance: WorkflowInstance
  /** Ids of the steps that ran. */
  readonly ran: readonly string[]
  /** What moved which steps on. */
  readonly moved: readonly Moved[]
  /** Arms that splits chose: step and arm. */
  readonly arms: readonly (readonly [string, string])[]
  readonly failures: readonly StepFailure[]
}

/** What an instance makes of an event before it moves. */
export interface Claim {
  /** Positions that waited for it. */
  readonly positions: readonly Position[]
  /** The instance with the event kept for a wait that looks back; null: nothing to keep. */
  readonly remembers: WorkflowInstance | null
  /** Conditions that failed with this event: they do not claim it. */
  readonly failures: readonly StepFailure[]
}

/**
 * What does the instance wait for in this event? `values` hold the event, the entity, now and tenant. An event that a wait claims is
 * not kept for the waits that look back, but for those in other branches.
 */
export function claims(
  workflow: CompiledWorkflow,
  instance: WorkflowInstance,
  event: NxEvent,
  values: VariableValues,
): Claim {
  const failures: StepFailure[] = []
  // Made when a condition asks: most events are nothing that is waited for.
  let seen: VariableValues | null = null
  const look = (): VariableValues => (seen ??= { ...values, vars: instance.vars })
  const positions = positionsOf(instance.state).filter((position) =>
    isFor(workflow, position, event, look, failures),
  )
  const remembers = remember(workflow, instance, event, look, positions, failures)
  return { positions, remembers, failures }
}

function isFor(
  workflow: CompiledWorkflow,
  { stepId, wait }: Position,
  event: NxEvent,
  look: () => VariableValues,
  failures: StepFailure[],
): boolean {
  switch (wait.kind) {
    case 'event':
      return wait.eventType === event.type && whereHolds(workflow, stepId, look, failures)
    case 'result':
    case 'fallback':
    case 'undo':
      return resultEvents.has(event.type) && event.data['commandId'] === wait.commandId
    case 'task':
      return event.type === taskEvents.closed && event.data['task'] === wait.taskId
    default:
      return false
  }
}

function whereHolds(
  workflow: CompiledWorkflow,
  stepId: string,
  look: () => VariableValues,
  failures: StepFailure[],
): boolean {
  const step = stepById(workflow, stepId)
  if (step?.verb !== 'wait_for') return false
  if (step.where === null) return true
  const result = step.where.evaluate(look())
  if (result.state === 'value') return result.value === true
  failures.push({ stepId, code: result.code, message: result.message })
  return false
}

/** Keeps the event for the waits that look back to a step that has run: the first one that fits is theirs. */
function remember(
  workflow: CompiledWorkflow,
  instance: WorkflowInstance,
  event: NxEvent,
  look: () => VariableValues,
  claimed: readonly Position[],
  failures: StepFailure[],
): WorkflowInstance | null {
  const { state } = instance
  if (state.status !== 'waiting' || state.memory?.early === undefined) return null
  const waiting = new Set(positionsOf(state).map(({ stepId }) => stepId))
  const takers = claimed.flatMap(({ stepId, wait }) =>
    wait.kind === 'event' ? [frameKeyOf(workflow, stepId)] : [],
  )
  const found: Record<string, JsonObject> = {}
  for (const [stepId, held] of Object.entries(state.memory.early)) {
    const step = stepById(workflow, stepId)
    if (held !== null || waiting.has(stepId) || step?.verb !== 'wait_for' || step.event !== event.type)
      continue
    if (takers.includes(frameKeyOf(workflow, stepId))) continue
    if (whereHolds(workflow, stepId, look, failures)) found[stepId] = workflow.keepsVars ? event.data : {}
  }
  if (Object.keys(found).length === 0) return null
  const memory: InstanceMemory = { ...state.memory, early: { ...state.memory.early, ...found } }
  return { ...instance, seq: instance.seq + 1, state: waitingState(positionsOf(state), memory) }
}

function frameKeyOf(workflow: CompiledWorkflow, stepId: string): string {
  return stepById(workflow, stepId)?.frame ?? ''
}

/** Is the instance somewhere where this stop_when does not count? */
export function isExcepted(
  workflow: CompiledWorkflow,
  instance: WorkflowInstance,
  except: ReadonlySet<string>,
): boolean {
  if (except.size === 0) return false
  return positionsOf(instance.state).some(({ stepId, wait }) => {
    if (wait.kind === 'fallback') return false
    if (except.has(stepId)) return true
    const around = framesOf(workflow, stepById(workflow, stepId)?.frame ?? null)
    return around.some((frame) => except.has(frame.kind === 'saga' ? frame.saga : frame.parallel))
  })
}

/**
 * Moves an instance until it waits again, ends or fails. Pure: what it asks for goes to the services. Returns null when nothing
 * moves: the timer is stale, or the instance does not wait for it.
 */
export function advance(
  workflow: CompiledWorkflow,
  instance: WorkflowInstance,
  input: AdvanceInput,
  services: StepServices,
  now: Date,
): Advance | null {
  const run = new InstanceRun(workflow, begun(workflow, instance, input), services, now, verbs)
  if (!move(run, workflow, instance, input)) return null
  return { instance: run.result(), ran: run.ran, moved: run.moved, arms: run.arms, failures: run.failures }
}

function move(
  run: InstanceRun,
  workflow: CompiledWorkflow,
  instance: WorkflowInstance,
  input: AdvanceInput,
): boolean {
  switch (input.kind) {
    case 'start':
    case 'turn':
      run.positions = []
      run.go(workflow.steps.length > 0 ? 0 : 'end', null)
      return true
    case 'event':
      for (const position of input.positions) moveByEvent(run, position, input.event)
      return true
    case 'timer': {
      const due = dueNow(instance, input.seq, run.now)
      for (const position of due) moveByTimer(run, position)
      return due.length > 0
    }
    case 'ended': {
      const waiting = run.positions.filter(
        ({ wait }) => wait.kind === 'workflow' && wait.instanceId === input.instanceId,
      )
      for (const position of waiting) moveByEnd(run, position, input.how, input.failed)
      return waiting.length > 0
    }
    case 'stop':
      if (run.closing !== null) return false
      run.end(input.how, input.by)
      return true
  }
}

/** The first one, whose time the timer was for, and what else is due by now. */
function dueNow({ state, seq }: WorkflowInstance, timerSeq: number, now: Date): readonly Position[] {
  const [first, ...others] = positionsOf(state)
  if (first === undefined || timerSeq !== seq || first.wait.until === null) return []
  return [first, ...others.filter((position) => dueMs(position) <= now.getTime())]
}

/** The instance as it is when its first step runs. */
function begun(
  workflow: CompiledWorkflow,
  instance: WorkflowInstance,
  input: AdvanceInput,
): WorkflowInstance {
  return input.kind === 'start' ? enrolled(workflow, instance, input.event) : instance
}

/** A fresh instance with what it keeps of the event that enrolled it: it waits for its turn. */
export function enrolled(
  workflow: CompiledWorkflow,
  instance: WorkflowInstance,
  event: NxEvent,
): WorkflowInstance {
  // Started by a rule: the event is another one, and its data would not have the declared shape.
  const keeps = workflow.keepsVars && workflow.start?.on === event.type
  const vars = keeps ? { ...instance.vars, [varName('start')]: event.data } : instance.vars
  const memory = event.depth > 0 ? { depth: event.depth } : {}
  const first = workflow.steps[0]?.id ?? 'end'
  return {
    ...instance,
    vars,
    state: waitingState([{ stepId: first, wait: { kind: 'turn', until: null } }], memory),
  }
}

function isWatchedSend(step: CompiledStep): boolean {
  return step.verb === 'command' && step.command.channel !== null && (step.awaits || step.fallback !== null)
}

/** The event types that its waits and stops listen to. Results of commands that are waited for come back without. */
export function listenedTypes({ steps, stopWhen }: CompiledWorkflow): readonly string[] {
  return [
    ...stopWhen.map(({ on }) => on),
    ...steps.flatMap((step) => (step.verb === 'wait_for' ? [step.event] : [])),
    ...(steps.some((step) => step.verb === 'task' && step.awaits) ? [taskEvents.closed] : []),
    ...(steps.some(isWatchedSend) ? [suppressedType] : []),
  ]
}
