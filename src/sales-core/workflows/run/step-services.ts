import type { JsonObject } from '../../../kernel/json.ts'
import type { VariableValues } from '../../conditions/condition-compiler.ts'
import type { CompiledCommand } from '../../rules/compiled-rule.ts'
import type { StepAction } from '../compiled-workflow.ts'
import type { CompiledAssign, CompiledTask } from '../../people/compiled-people.ts'
import type { DueResult } from '../../time/due-at.ts'
import type { WaitSpec } from '../../time/wait-spec.ts'

/** Something that a step asked for cannot be: the step fails with it. */
export interface Refusal {
  readonly state: 'refused'
  readonly code: string
  readonly message: string
}

/** A command that a step asks for, rendered. */
export interface StepCommand {
  readonly stepId: string
  readonly command: CompiledCommand
  readonly input: JsonObject
  /** Tells the commands of one advance apart. */
  readonly ordinal: number
  /** The depth from which its result goes on; null: nobody waits for the result. */
  readonly awaitedFrom: number | null
}

/**
 * What steps ask of the rest of the core. Everything is pure: it collects what is to be done and says what its name will be. The
 * interpreter knows no event, no entity and no clock but through this.
 */
export interface StepServices {
  /** The entity as it is now, the event, now, tenant. */
  values(): VariableValues
  command(asked: StepCommand): { readonly state: 'asked'; readonly id: string } | Refusal
  /** Sets, tags and emitted events of one step, all or none. */
  act(stepId: string, actions: readonly StepAction[], vars: JsonObject, ordinal: number): Refusal | null
  /** An event that the system itself makes of this entity. */
  report(type: string, stepId: string, data: JsonObject, ordinal: number): Refusal | null
  assign(stepId: string, assign: CompiledAssign): AssignResult
  task(
    stepId: string,
    task: CompiledTask,
    vars: JsonObject,
    ordinal: number,
  ): { readonly state: 'made'; readonly id: string } | Refusal
  /** Starts a workflow for the same entity. */
  start(stepId: string, workflow: string, ordinal: number): StartResult | Refusal
  /** Stops the instances of a workflow of the same entity. */
  stop(stepId: string, workflow: string): void
  dueAt(wait: WaitSpec, from: Date, stepId: string): DueResult
  /** A number from 0 to 1 that is always the same for this entity, workflow and step. */
  share(stepId: string): number
  note(text: string): void
}

export type AssignResult =
  | { readonly state: 'assigned'; readonly rep: string | null }
  | { readonly state: 'unfilled'; readonly why: string }

export type StartResult =
  | { readonly state: 'started'; readonly instanceId: string }
  /** It has come to its end already. */
  | { readonly state: 'ended'; readonly how: string; readonly failed: boolean }
  | { readonly state: 'not_started'; readonly why: string }
