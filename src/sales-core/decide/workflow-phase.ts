import { derivedId } from '../../kernel/ids.ts'
import type { Command } from '../../messaging/commands/command.ts'
import { entityKey } from '../../messaging/events/entity-key.ts'
import type { LoggedEvent } from '../../messaging/events/event.ts'
import type { SalesConfig } from '../compile/sales-config.ts'
import type { VariableValues } from '../conditions/condition-compiler.ts'
import { timerDueType } from '../processing/decision-store.ts'
import type { CompiledWorkflow } from '../workflows/compiled-workflow.ts'
import type { Advance, AdvanceInput } from '../workflows/interpreter.ts'
import { advance, claims } from '../workflows/interpreter.ts'
import type { InstanceState, WorkflowInstance } from '../workflows/workflow-instance.ts'
import type { RuleTrace, WorkflowTrace } from './decision.ts'
import type { Effects } from './effects.ts'
import { EffectRefused } from './effects.ts'

export interface WorkflowState {
  /** Instances of the entity that are waiting. */
  readonly instances: readonly WorkflowInstance[]
  /** Definitions by digest, for instances that are pinned to one that is not active any more. */
  readonly definitions: ReadonlyMap<string, CompiledWorkflow>
}

/**
 * The workflows of one entity under one event: waiting instances first (each may claim the event or be woken by its timer), then
 * new ones, those that start with the event before those that rules start. While an instance of a workflow waits, another start
 * of the same workflow for the same entity is ignored.
 */
export class WorkflowPhase {
  readonly instances: WorkflowInstance[] = []
  readonly commands: Command[] = []
  readonly traces: WorkflowTrace[] = []
  readonly failed: RuleTrace[] = []
  readonly notes: string[] = []
  readonly #event: LoggedEvent
  readonly #config: SalesConfig
  readonly #state: WorkflowState
  readonly #values: VariableValues
  readonly #effects: Effects
  readonly #now: Date

  constructor(
    event: LoggedEvent,
    config: SalesConfig,
    state: WorkflowState,
    values: VariableValues,
    effects: Effects,
    now: Date,
  ) {
    this.#event = event
    this.#config = config
    this.#state = state
    this.#values = values
    this.#effects = effects
    this.#now = now
  }

  run(starts: ReadonlyArray<{ readonly workflow: string; readonly cause: string }>): void {
    if (this.#event.only === undefined) {
      this.#wake()
      for (const workflow of this.#config.startsFor(this.#event.type)) {
        if (workflow.entityKind === this.#event.subject.kind && this.#startHolds(workflow))
          this.#start(workflow, `its start`)
      }
    }
    for (const { workflow: name, cause } of starts) {
      const workflow = this.#config.workflow(name)
      if (workflow === null) {
        this.failed.push({
          rule: cause,
          outcome: 'failed',
          code: 'NX-WORKFLOW-UNKNOWN',
          error: `There is no workflow '${name}' any more`,
        })
      } else if (workflow.entityKind === this.#event.subject.kind) this.#start(workflow, cause)
    }
  }

  #wake(): void {
    const timer = this.#event.type === timerDueType && this.#event.origin === 'timer'
    if (timer) this.#fireTimer()
    else for (const instance of oldestFirst(this.#state.instances)) this.#offer(instance)
  }

  #fireTimer(): void {
    const { instanceId, seq } = this.#event.data
    const instance = this.#state.instances.find(({ id }) => id === instanceId)
    if (instance === undefined || typeof seq !== 'number') {
      this.notes.push('The timer is stale: its workflow went on without it')
      return
    }
    const definition = this.#definitionOf(instance)
    if (definition === null) return
    if (!this.#advance(definition, instance, { kind: 'timer', seq })) {
      this.notes.push('The timer is stale: its workflow went on without it')
    }
  }

  #offer(instance: WorkflowInstance): void {
    const { state } = instance
    if (
      state.status !== 'waiting' ||
      state.wait.kind !== 'event' ||
      state.wait.eventType !== this.#event.type
    )
      return
    const definition = this.#definitionOf(instance)
    if (definition === null) return
    const { claimed, failure } = claims(definition, instance, this.#event, this.#values)
    if (failure !== null) this.#fail(definition.name, state.stepId, failure.code, failure.message)
    if (claimed) this.#advance(definition, instance, { kind: 'event', event: this.#event })
  }

  /** Without its definition an instance can never go on: it fails, visibly. */
  #definitionOf(instance: WorkflowInstance): CompiledWorkflow | null {
    const { definitionDigest: digest, workflow, state } = instance
    const definition = this.#config.definition(digest) ?? this.#state.definitions.get(digest)
    if (definition !== undefined) return definition
    const stepId = state.status === 'waiting' ? state.stepId : 'start'
    const code = 'NX-WORKFLOW-DEFINITION'
    const message = `The definition ${digest.slice(0, 12)} it was started with is not there any more`
    this.instances.push({
      ...instance,
      seq: instance.seq + 1,
      state: { status: 'failed', endedAt: this.#now.toISOString(), stepId, error: `${code}: ${message}` },
    })
    this.traces.push({ instanceId: instance.id, workflow, from: stepId, to: 'failed', ran: [] })
    this.#fail(workflow, stepId, code, message)
    return null
  }

  #startHolds(workflow: CompiledWorkflow): boolean {
    const result = workflow.start?.when?.evaluate(this.#values)
    if (result?.state === 'error') this.#fail(workflow.name, 'start', result.code, result.message)
    return result === undefined || (result.state === 'value' && result.value === true)
  }

  #start(workflow: CompiledWorkflow, by: string): void {
    const current = new Map(
      [...this.#state.instances, ...this.instances].map((instance) => [instance.id, instance]),
    )
    const running = [...current.values()].find(
      ({ workflow: name, state }) => name === workflow.name && state.status === 'waiting',
    )
    if (running !== undefined) {
      this.notes.push(
        `${by} did not start ${workflow.name}: it is running for this ${workflow.entityKind} (${running.id})`,
      )
      return
    }
    const { tenantId, id: eventId, workspace, subject } = this.#event
    const key = entityKey(workspace, subject)
    const id = derivedId('instance', tenantId, workflow.name, key, eventId)
    if (current.has(id)) {
      this.notes.push(`${by} did not start ${workflow.name}: this event has started it already`)
      return
    }
    const now = this.#now.toISOString()
    const fresh: WorkflowInstance = {
      id,
      workflow: workflow.name,
      definitionDigest: workflow.digest,
      entityKey: key,
      state: { status: 'done', endedAt: now },
      seq: 0,
      vars: {},
      startedByEventId: eventId,
      startedAt: now,
      steps: 0,
    }
    this.#advance(workflow, fresh, { kind: 'start', event: this.#event })
  }

  #advance(workflow: CompiledWorkflow, instance: WorkflowInstance, input: AdvanceInput): boolean {
    const moved = advance(workflow, instance, input, this.#values, this.#now)
    if (moved === null) return false
    const after = this.#withCommands(workflow, moved)
    this.instances.push(after)
    this.traces.push({
      instanceId: instance.id,
      workflow: workflow.name,
      from: input.kind === 'start' ? null : stepOf(instance.state),
      to: stepOf(after.state),
      ran: moved.ran,
    })
    if (moved.failure !== null)
      this.#fail(workflow.name, moved.failure.stepId, moved.failure.code, moved.failure.message)
    return true
  }

  /** Makes the commands of an advance. One that nothing carries fails the instance at its step; those before it stand. */
  #withCommands(workflow: CompiledWorkflow, moved: Advance): WorkflowInstance {
    const { instance } = moved
    for (const [ordinal, { stepId, command, input }] of moved.commands.entries()) {
      try {
        const cause = `Workflow/${workflow.name}#${stepId}`
        this.commands.push(
          this.#effects.command(command, input, {
            cause,
            ordinal,
            instance: { id: instance.id, seq: instance.seq },
          }),
        )
      } catch (refusal) {
        if (!(refusal instanceof EffectRefused)) throw refusal
        this.#fail(workflow.name, stepId, refusal.code, refusal.message)
        const error = `${refusal.code}: ${refusal.message}`
        return { ...instance, state: { status: 'failed', endedAt: this.#now.toISOString(), stepId, error } }
      }
    }
    return instance
  }

  #fail(workflow: string, stepId: string, code: string, error: string): void {
    this.failed.push({ rule: `Workflow/${workflow}#${stepId}`, outcome: 'failed', code, error })
  }
}

/** The order in which rows happened to be read must not matter. */
function oldestFirst(instances: readonly WorkflowInstance[]): readonly WorkflowInstance[] {
  if (instances.length < 2) return instances
  return instances.toSorted((a, b) =>
    a.startedAt === b.startedAt ? (a.id < b.id ? -1 : 1) : a.startedAt < b.startedAt ? -1 : 1,
  )
}

function stepOf(state: InstanceState): string {
  switch (state.status) {
    case 'waiting':
      return state.stepId
    case 'done':
      return 'end'
    case 'failed':
      return 'failed'
  }
}
