import { entityKey } from '../../../messaging/events/entity-key.ts'
import type { NxEvent } from '../../../messaging/events/event.ts'
import type { CompiledStep, CompiledWorkflow } from '../../workflows/compiled-workflow.ts'
import { framesOf, stepById } from '../../workflows/compiled-workflow.ts'
import type { AdvanceInput } from '../../workflows/interpreter.ts'
import { claims } from '../../workflows/interpreter.ts'
import type { DueOf } from '../../workflows/versions/retime-instance.ts'
import type { WorkflowAsk } from '../../workflows/workflow-asks.ts'
import type { EndReason, WorkflowInstance } from '../../workflows/workflow-instance.ts'
import { positionsOf, waitingState } from '../../workflows/workflow-instance.ts'
import { followDefinition } from './follow-definition.ts'
import type { InstanceBook } from './instance-book.ts'
import type { WorkflowOutcome, WorkflowStage } from './workflow-stage.ts'
import { movedTrace } from './workflow-trace.ts'
import type { WorkflowTrace } from '../decision.ts'

/** What the phase lends to whoever carries out an ask. */
export interface AskTools {
  readonly stage: WorkflowStage
  readonly outcome: WorkflowOutcome
  readonly book: InstanceBook
  readonly traces: WorkflowTrace[]
  /** null: it is gone, and the instance has failed for it. */
  definitionOf(instance: WorkflowInstance): CompiledWorkflow | null
  advance(workflow: CompiledWorkflow, instance: WorkflowInstance, input: AdvanceInput): boolean
  stop(id: string, how: EndReason, by: string): void
  fail(workflow: string, stepId: string, code: string, message: string): void
  isRunning(workflow: string): boolean
  dueOf(instance: WorkflowInstance): DueOf
}

/** Does what is asked of an instance. What cannot be done changes nothing, and the trace says why. */
export function carryOutAsk(ask: WorkflowAsk, tools: AskTools): void {
  const instance = tools.book.get(ask.instanceId)
  const { workspace, subject } = tools.stage.event
  if (instance === undefined || instance.entityKey !== entityKey(workspace, subject))
    return note(tools, ask, 'it is not there')
  if (ask.kind === 'retry') return retry(ask, instance, tools)
  if (instance.state.status !== 'waiting') return note(tools, ask, 'it has ended')
  switch (ask.kind) {
    case 'cancel':
      return tools.stop(instance.id, 'stopped', ask.by)
    case 'signal':
      return signal(ask, instance, tools)
    case 'follow':
      return follow(ask, instance, tools)
  }
}

function note({ outcome }: AskTools, { kind, instanceId }: WorkflowAsk, why: string): void {
  outcome.notes.push(`Nothing to ${kind} in workflow instance ${instanceId}: ${why}`)
}

/** As if the event had come for this instance alone. */
function signal(
  ask: Extract<WorkflowAsk, { kind: 'signal' }>,
  instance: WorkflowInstance,
  tools: AskTools,
): void {
  const definition = tools.definitionOf(instance)
  if (definition === null) return
  const event: NxEvent = { ...tools.stage.event, type: ask.event, data: ask.data }
  const values = { ...tools.outcome.values(), event: ask.data }
  const { positions, remembers, failures } = claims(definition, instance, event, values)
  for (const { stepId, code, message } of failures) tools.fail(definition.name, stepId, code, message)
  if (remembers !== null) {
    tools.book.put(remembers)
    tools.traces.push(movedTrace(instance, remembers, 'early'))
  }
  if (positions.length > 0)
    tools.advance(definition, remembers ?? instance, { kind: 'event', event, positions })
  else if (remembers === null) note(tools, ask, `it does not wait for such a ${ask.event}`)
}

/** Begins a failed step once more, or a call that waits for its next attempt at once. */
function retry(
  ask: Extract<WorkflowAsk, { kind: 'retry' }>,
  instance: WorkflowInstance,
  tools: AskTools,
): void {
  const { state } = instance
  if (state.status === 'done') return note(tools, ask, 'it has come to its end')
  const definition = tools.definitionOf(instance)
  if (definition === null) return
  const { now } = tools.stage
  const until = now.toISOString()
  if (state.status === 'waiting') {
    const positions = positionsOf(state)
    if (!positions.some(({ wait }) => wait.kind === 'retry'))
      return note(tools, ask, 'nothing in it has failed')
    const hurried = positions.map((position) =>
      position.wait.kind === 'retry' ? { ...position, wait: { ...position.wait, until } } : position,
    )
    const due = { ...instance, state: waitingState(hurried, state.memory ?? {}) }
    tools.advance(definition, due, { kind: 'timer', seq: due.seq })
    return
  }
  if (definition.enroll.whileRunning !== 'parallel' && tools.isRunning(instance.workflow))
    return note(tools, ask, `another instance of ${instance.workflow} is running`)
  const step = retriedStep(definition, ask.step ?? state.stepId)
  if (step === null) return note(tools, ask, `there is no step ${ask.step ?? state.stepId} in it`)
  const again = {
    ...instance,
    state: waitingState([{ stepId: step.id, wait: { kind: 'enter', until } }], {}),
  }
  tools.advance(definition, again, { kind: 'timer', seq: again.seq })
}

/** What a failed instance remembered of branches and sagas is gone with it: what encloses the step begins anew. */
export function retriedStep(definition: CompiledWorkflow, stepId: string): CompiledStep | null {
  const step = stepById(definition, stepId)
  if (step === undefined) return null
  const outer = framesOf(definition, step.frame).at(-1)
  if (outer === undefined) return step
  return stepById(definition, outer.kind === 'saga' ? outer.saga : outer.parallel) ?? null
}

function follow(ask: WorkflowAsk, instance: WorkflowInstance, tools: AskTools): void {
  const { stage, outcome, book, traces } = tools
  const active = stage.config.workflow(instance.workflow)
  if (active === null)
    return note(tools, ask, `there is no workflow ${instance.workflow} any more, it goes on as it began`)
  const pinned = tools.definitionOf(instance)
  if (pinned === null) return
  const made = followDefinition(instance, pinned, active, tools.dueOf(instance), stage.now)
  outcome.notes.push(...made.notes)
  if (made.instance === instance) return
  book.put(made.instance)
  traces.push(movedTrace(instance, made.instance, 'follow'))
  // A step that it was sent to begins here and now: what comes next for the entity finds it waiting there.
  if (!positionsOf(made.instance.state).some(({ wait }) => wait.kind === 'enter')) return
  const definition = tools.definitionOf(made.instance)
  if (definition !== null) tools.advance(definition, made.instance, { kind: 'timer', seq: made.instance.seq })
}
