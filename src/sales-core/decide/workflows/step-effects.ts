import { digestOfParts, shareOf } from '../../../kernel/digest.ts'
import type { JsonObject } from '../../../kernel/json.ts'
import { entityKey } from '../../../messaging/events/entity-key.ts'
import type { VariableValues } from '../../conditions/condition-compiler.ts'
import type { CompiledAssign, CompiledTask } from '../../people/compiled-people.ts'
import { openTask } from '../../people/open-task.ts'
import { contactZone } from '../../time/contact-zone.ts'
import type { DueResult } from '../../time/due-at.ts'
import { dueAt } from '../../time/due-at.ts'
import type { WaitSpec } from '../../time/wait-spec.ts'
import type { StepAction } from '../../workflows/compiled-workflow.ts'
import type {
  AssignResult,
  Refusal,
  StartResult,
  StepCommand,
  StepServices,
} from '../../workflows/run/step-services.ts'
import { EffectRefused, effectsMax, subjectFrom } from '../effects.ts'
import type { EntityDraft } from '../entity-draft.ts'
import { changeTags, tagsOf, valueOf } from '../rules/apply-sets.ts'
import { rendered, textOf } from '../rules/rule-failure.ts'
import type { WorkflowOutcome, WorkflowStage } from './workflow-stage.ts'

/** Whose steps ask: the instance as it will be after this advance. */
export interface StepAsker {
  readonly workflow: string
  readonly instanceId: string
  readonly seq: number
}

/** Starting and stopping other instances: what only the phase can do. */
export interface WorkflowSwitch {
  start(asker: StepAsker, stepId: string, workflow: string, ordinal: number): StartResult | Refusal
  stop(workflow: string, cause: string): void
}

/** What the steps of one advance ask for, made with ids that follow from event, instance and step. */
export class StepEffects implements StepServices {
  readonly #stage: WorkflowStage
  readonly #outcome: WorkflowOutcome
  readonly #asker: StepAsker
  readonly #others: WorkflowSwitch

  constructor(stage: WorkflowStage, outcome: WorkflowOutcome, asker: StepAsker, others: WorkflowSwitch) {
    this.#stage = stage
    this.#outcome = outcome
    this.#asker = asker
    this.#others = others
  }

  values(): VariableValues {
    return this.#outcome.values()
  }

  command({
    stepId,
    command,
    input,
    ordinal,
    awaitedFrom,
  }: StepCommand): { state: 'asked'; id: string } | Refusal {
    const { effects, sendsBlocked } = this.#stage
    const { commands } = this.#outcome
    // One that nobody waits for is left out later, with a note: its workflow goes on.
    if (awaitedFrom !== null && command.channel !== null && sendsBlocked !== null)
      return { state: 'refused', code: 'NX-SENDS-BLOCKED', message: sendsBlocked }
    return orRefusal(() => {
      this.#room()
      const instance = { id: this.#asker.instanceId, seq: this.#asker.seq }
      const asker = { cause: this.#cause(stepId), ordinal, instance }
      const made = effects.command(command, input, awaitedFrom === null ? asker : { ...asker, awaitedFrom })
      commands.push(made)
      return { state: 'asked', id: made.id } as const
    })
  }

  act(stepId: string, actions: readonly StepAction[], vars: JsonObject, ordinal: number): Refusal | null {
    const draft = this.#outcome.draft.fork()
    const values = { ...this.values(), vars }
    const refusal = orRefusal(() => {
      const events = actions.flatMap((action, at) => {
        if (action.verb !== 'emit') {
          write(action, draft, values, this.#cause(stepId))
          return []
        }
        this.#room()
        const subject =
          action.subject === null ? this.#stage.event.subject : subjectFrom(textOf(action.subject, values))
        const data = rendered(action.data, values) as JsonObject
        return [
          this.#stage.effects.event(action.type, subject, data, this.#source(stepId), ordinal * 100 + at),
        ]
      })
      this.#outcome.emitted.push(...events)
      return null
    })
    if (refusal === null && draft.changes.length > this.#outcome.draft.changes.length)
      this.#outcome.changed(draft)
    return refusal
  }

  report(type: string, stepId: string, data: JsonObject, ordinal: number): null {
    const about = { ...data, instance: this.#asker.instanceId }
    const { effects, event } = this.#stage
    const source = `${this.#source(stepId)} ${ordinal}`
    this.#outcome.emitted.push(effects.notice(type, event.subject, about, source))
    return null
  }

  assign(stepId: string, assign: CompiledAssign): AssignResult {
    const { desk } = this.#stage
    const draft = this.#outcome.draft.fork()
    const before = draft.changes.length
    const made = desk.assign(assign, draft, this.#cause(stepId))
    if (draft.changes.length > before) this.#outcome.changed(draft)
    if (made.state === 'unfilled') return { state: 'unfilled', why: made.why }
    return { state: 'assigned', rep: made.state === 'released' ? null : made.rep }
  }

  task(
    stepId: string,
    task: CompiledTask,
    vars: JsonObject,
    ordinal: number,
  ): { state: 'made'; id: string } | Refusal {
    const { event, config, desk, effects, now } = this.#stage
    const { draft } = this.#outcome
    const instance = { id: this.#asker.instanceId, seq: this.#asker.seq }
    return orRefusal(() => {
      this.#room()
      const place = { event, draft, values: { ...this.values(), vars }, config, desk, effects, now }
      const opened = openTask({ task, cause: this.#cause(stepId), ordinal, instance }, place)
      this.#outcome.emitted.push(opened.event)
      return { state: 'made', id: opened.id } as const
    })
  }

  start(stepId: string, workflow: string, ordinal: number): StartResult | Refusal {
    return this.#others.start(this.#asker, stepId, workflow, ordinal)
  }

  stop(stepId: string, workflow: string): void {
    this.#others.stop(workflow, this.#cause(stepId))
  }

  dueAt(wait: WaitSpec, from: Date, stepId: string): DueResult {
    const { config } = this.#stage
    const { fields } = this.#outcome.draft
    return dueAt(wait, {
      now: from,
      // Asked for by few waits, and not free.
      get contactZone() {
        return contactZone(fields)?.zone ?? null
      },
      homeZone: config.homeZone,
      calendar: (name) => config.calendar(name),
      seed: `${this.#asker.instanceId} ${stepId}`,
    })
  }

  share(stepId: string): number {
    const { tenantId, workspace, subject } = this.#stage.event
    const { workflow } = this.#asker
    return shareOf(digestOfParts([tenantId, workflow, stepId, entityKey(workspace, subject)]))
  }

  note(text: string): void {
    this.#outcome.notes.push(text)
  }

  #cause(stepId: string): string {
    return `Workflow/${this.#asker.workflow}#${stepId}`
  }

  /** Tells the effects of two instances of one workflow apart, that one event moves in one step. */
  #source(stepId: string): string {
    return `${this.#cause(stepId)} ${this.#asker.instanceId} ${this.#asker.seq}`
  }

  #room(): void {
    const { commands, emitted } = this.#outcome
    if (commands.length + emitted.length >= effectsMax)
      throw new EffectRefused('NX-EFFECTS-LIMIT', `One event may lead to ${effectsMax} commands and events`)
  }
}

function write(
  action: Exclude<StepAction, { verb: 'emit' }>,
  draft: EntityDraft,
  values: VariableValues,
  by: string,
): void {
  if (action.verb !== 'set') {
    changeTags(action.verb, tagsOf(action, values), draft, by)
    return
  }
  draft.set(action.field, valueOf(action, values), by)
}

function orRefusal<T>(make: () => T): T | Refusal {
  try {
    return make()
  } catch (refusal) {
    if (!(refusal instanceof EffectRefused)) throw refusal
    return { state: 'refused', code: refusal.code, message: refusal.message }
  }
}
