import type { JsonObject } from '../../kernel/json.ts'
import { withPath } from '../../kernel/json.ts'
import type { NxEvent } from '../../messaging/events/event.ts'
import type { ConditionResult, VariableValues } from '../conditions/condition-compiler.ts'
import type { CompiledCommand } from '../rules/compiled-rule.ts'
import type { CompiledStep, CompiledWorkflow, StepTarget } from './compiled-workflow.ts'
import { varName } from './compiled-workflow.ts'
import type { InstanceState, WorkflowInstance } from './workflow-instance.ts'

/** Steps that one advance may run: a backstop behind the check for circles. */
export const advanceStepsMax = 200

/** What moves an instance. */
export type AdvanceInput =
  | { readonly kind: 'start'; readonly event: NxEvent }
  /** The event that its wait_for was waiting for (`claims` said so). */
  | { readonly kind: 'event'; readonly event: NxEvent }
  /** Its timer of this seq is over. */
  | { readonly kind: 'timer'; readonly seq: number }

/** A command that a step asked for, rendered. */
export interface StepCommand {
  readonly stepId: string
  readonly command: CompiledCommand
  readonly input: JsonObject
}

export interface Advance {
  readonly instance: WorkflowInstance
  readonly commands: readonly StepCommand[]
  /** Ids of the steps that ran. */
  readonly ran: readonly string[]
  readonly failure: { readonly stepId: string; readonly code: string; readonly message: string } | null
}

/**
 * Does the instance wait for this event? `values` hold the event, the entity, now and tenant. A `where` that fails with this
 * event does not claim it; the failure is handed back.
 */
export function claims(
  workflow: CompiledWorkflow,
  instance: WorkflowInstance,
  event: NxEvent,
  values: VariableValues,
): { readonly claimed: boolean; readonly failure: Extract<ConditionResult, { state: 'error' }> | null } {
  const { state } = instance
  if (state.status !== 'waiting' || state.wait.kind !== 'event' || state.wait.eventType !== event.type) {
    return { claimed: false, failure: null }
  }
  const step = workflow.steps.find(({ id }) => id === state.stepId)
  if (step?.verb !== 'wait_for') return { claimed: false, failure: null }
  if (step.where === null) return { claimed: true, failure: null }
  const result = step.where.evaluate({ ...values, vars: instance.vars })
  return result.state === 'error'
    ? { claimed: false, failure: result }
    : { claimed: result.value === true, failure: null }
}

/**
 * Moves an instance until it waits again, ends or fails. Pure. Returns null when nothing moves: the timer is stale, or the
 * instance does not wait for it. `values` hold the entity, now and tenant.
 */
export function advance(
  workflow: CompiledWorkflow,
  instance: WorkflowInstance,
  input: AdvanceInput,
  values: VariableValues,
  now: Date,
): Advance | null {
  const from = targetAfter(workflow, instance, input)
  if (from === null) return null
  const run = new Run(workflow, withEvent(workflow, instance, input), values, now)
  return run.from(from)
}

/** Where the input leads; null when the instance does not wait for it. */
function targetAfter(
  workflow: CompiledWorkflow,
  instance: WorkflowInstance,
  input: AdvanceInput,
): StepTarget | null {
  if (input.kind === 'start') return workflow.steps.length > 0 ? 0 : 'end'
  const { state } = instance
  if (state.status !== 'waiting') return null
  const step = workflow.steps.find(({ id }) => id === state.stepId)
  // The definition is the one it was started with, so the step is there; a row changed by hand may lead nowhere.
  if (step === undefined) return null
  if (input.kind === 'timer') {
    if (input.seq !== instance.seq || state.wait.until === null) return null
    if (step.verb === 'wait') return step.next
    return step.verb === 'wait_for' ? step.late : null
  }
  return step.verb === 'wait_for' && state.wait.kind === 'event' && state.wait.eventType === input.event.type
    ? step.next
    : null
}

function withEvent(
  workflow: CompiledWorkflow,
  instance: WorkflowInstance,
  input: AdvanceInput,
): WorkflowInstance {
  if (input.kind === 'timer' || !workflow.keepsVars) return instance
  if (input.kind === 'start') {
    // Started by a rule: the event is another one, and its data would not have the declared shape.
    if (workflow.start?.on !== input.event.type) return instance
    return { ...instance, vars: withPath(instance.vars, 'start', input.event.data) }
  }
  if (instance.state.status !== 'waiting') return instance
  return { ...instance, vars: withPath(instance.vars, varName(instance.state.stepId), input.event.data) }
}

/** One advance under way. */
class Run {
  readonly #workflow: CompiledWorkflow
  readonly #instance: WorkflowInstance
  readonly #values: VariableValues
  readonly #now: Date
  readonly #commands: StepCommand[] = []
  readonly #ran: string[] = []

  constructor(workflow: CompiledWorkflow, instance: WorkflowInstance, values: VariableValues, now: Date) {
    this.#workflow = workflow
    this.#instance = instance
    this.#values = { ...values, vars: instance.vars }
    this.#now = now
  }

  from(first: StepTarget): Advance {
    let target = first
    while (target !== 'end') {
      const step: CompiledStep | undefined = this.#workflow.steps[target]
      if (step === undefined) break
      const over = this.#limit()
      if (over !== null) return this.#failed(step.id, 'NX-WORKFLOW-BUDGET', over)
      this.#ran.push(step.id)
      const next = this.#step(step)
      if (typeof next === 'object') return next
      target = next
    }
    return this.#end({ status: 'done', endedAt: this.#now.toISOString() }, null)
  }

  #limit(): string | null {
    const { stepsMax, ageMsMax } = this.#workflow
    if (this.#ran.length >= advanceStepsMax) return `It ran ${advanceStepsMax} steps without waiting`
    if (this.#instance.steps + this.#ran.length >= stepsMax) return `It has run ${stepsMax} steps, its budget`
    const ageMs = this.#now.getTime() - Date.parse(this.#instance.startedAt)
    return ageMsMax !== null && ageMs > ageMsMax ? 'It is older than its budget allows' : null
  }

  /** Where to go on, or how the advance ends. */
  #step(step: CompiledStep): StepTarget | Advance {
    switch (step.verb) {
      case 'command': {
        const rendered = step.command.input.render(this.#values)
        if (rendered.state === 'error') return this.#failed(step.id, rendered.code, rendered.message)
        this.#commands.push({ stepId: step.id, command: step.command, input: rendered.value as JsonObject })
        return step.next
      }
      case 'wait':
        return this.#wait(step.id, { kind: 'timer', until: this.#after(step.ms) })
      case 'wait_for': {
        const until = step.upToMs === null ? null : this.#after(step.upToMs)
        return this.#wait(step.id, {
          kind: 'event',
          eventType: step.event,
          where: step.where?.source ?? null,
          until,
        })
      }
      case 'choose':
        for (const { when, go } of step.branches) {
          const result = when.evaluate(this.#values)
          if (result.state === 'error') return this.#failed(step.id, result.code, result.message)
          if (result.value === true) return go
        }
        return step.otherwise
    }
  }

  #after(ms: number): string {
    return new Date(this.#now.getTime() + ms).toISOString()
  }

  #wait(stepId: string, wait: Extract<InstanceState, { status: 'waiting' }>['wait']): Advance {
    return this.#end({ status: 'waiting', stepId, wait }, null)
  }

  #failed(stepId: string, code: string, message: string): Advance {
    const state = {
      status: 'failed',
      endedAt: this.#now.toISOString(),
      stepId,
      error: `${code}: ${message}`,
    } as const
    return this.#end(state, { stepId, code, message })
  }

  #end(state: InstanceState, failure: Advance['failure']): Advance {
    const { seq, steps } = this.#instance
    const instance = { ...this.#instance, state, seq: seq + 1, steps: steps + this.#ran.length }
    return { instance, commands: this.#commands, ran: this.#ran, failure }
  }
}
