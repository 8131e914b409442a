import type { Condition } from '../conditions/condition-compiler.ts'
import type { CompiledAction, CompiledCommand } from '../rules/compiled-rule.ts'
import type { CompiledAssign, CompiledTask } from '../people/compiled-people.ts'
import type { WaitSpec } from '../time/wait-spec.ts'

/**
 * Where to go on: the index of a step, the end of the workflow, or the end of what encloses the step (its parallel branch or its
 * saga).
 */
export type StepTarget = number | 'end' | 'join'

/** What encloses steps: nothing outside goes to a step inside, and the other way round. */
export type Frame =
  | {
      readonly kind: 'branch'
      readonly parallel: string
      readonly name: string
      readonly join: 'all' | 'any'
      readonly parent: string | null
    }
  | { readonly kind: 'saga'; readonly saga: string; readonly parent: string | null }

interface StepBase {
  readonly id: string
  /** The key of the innermost frame in `frames`; null: the main line. */
  readonly frame: string | null
}

/** What a step does to the entity or says to the world without waiting for anything. */
export type StepAction = Extract<CompiledAction, { verb: 'set' | 'add_tag' | 'remove_tag' | 'emit' }>

/** How often a call is asked for again after it failed for good, and after how long: doubling from min to max. */
export interface StepRetry {
  readonly max: number
  readonly minMs: number
  readonly maxMs: number
}

export interface CommandStep extends StepBase {
  readonly verb: 'command'
  readonly command: CompiledCommand
  /** Sent when the first is refused or comes to nothing. */
  readonly fallback: CompiledCommand | null
  /** Does the instance wait for what comes of it? */
  readonly awaits: boolean
  readonly retry: StepRetry | null
  /** What takes it back; `plain`: it has no input of its own and gets what the call was given. */
  readonly undo: { readonly command: CompiledCommand; readonly plain: boolean } | null
  readonly upTo: WaitSpec | null
  readonly next: StepTarget
  /** It failed, or `up_to` is over; null: that fails the step. */
  readonly late: StepTarget | null
}

export interface WaitForStep extends StepBase {
  readonly verb: 'wait_for'
  readonly event: string
  readonly where: Condition | null
  readonly upTo: WaitSpec | null
  /** An event counts that came after this step ran; null: after the wait began. */
  readonly since: string | null
  /** The event came. */
  readonly next: StepTarget
  /** `up_to` is over. */
  readonly late: StepTarget
}

export interface SagaStep extends StepBase {
  readonly verb: 'saga'
  readonly first: StepTarget
  /** What follows when its calls are undone; null: the instance fails. */
  readonly onFailure: { readonly task: CompiledTask | null; readonly go: StepTarget } | null
  readonly next: StepTarget
}

export interface ParallelStep extends StepBase {
  readonly verb: 'parallel'
  readonly branches: readonly { readonly name: string; readonly go: StepTarget }[]
  readonly join: 'all' | 'any'
  readonly next: StepTarget
}

export interface TaskStep extends StepBase {
  readonly verb: 'task'
  readonly task: CompiledTask
  /** Does the instance wait until it is done? */
  readonly awaits: boolean
  readonly upTo: WaitSpec | null
  readonly next: StepTarget
  /** It was cancelled, or `up_to` is over. */
  readonly late: StepTarget
}

export interface StartStep extends StepBase {
  readonly verb: 'start'
  readonly workflow: string
  /** Does the instance wait until that one has ended? */
  readonly awaits: boolean
  readonly upTo: WaitSpec | null
  readonly next: StepTarget
  /** It did not start, failed, was stopped, or `up_to` is over; null: only its failing fails the step. */
  readonly late: StepTarget | null
}

export type CompiledStep =
  | CommandStep
  | (StepBase & { readonly verb: 'wait'; readonly wait: WaitSpec; readonly next: StepTarget })
  | WaitForStep
  | (StepBase & {
      readonly verb: 'choose'
      readonly branches: readonly { readonly when: Condition; readonly go: StepTarget }[]
      readonly otherwise: StepTarget
    })
  | (StepBase & {
      readonly verb: 'split'
      readonly arms: readonly { readonly name: string; readonly weight: number; readonly go: StepTarget }[]
    })
  | ParallelStep
  | SagaStep
  | (StepBase & { readonly verb: 'act'; readonly actions: readonly StepAction[]; readonly next: StepTarget })
  | (StepBase & {
      readonly verb: 'assign'
      readonly assign: CompiledAssign
      readonly next: StepTarget
      /** Nobody could take it. */
      readonly late: StepTarget
    })
  | TaskStep
  | StartStep
  | (StepBase & { readonly verb: 'stop'; readonly workflow: string; readonly next: StepTarget })

/** An event that ends an instance wherever it is, except at some steps. */
export interface StopWhen {
  readonly on: string
  readonly when: Condition | null
  /** Step ids; inside a saga or a branch of theirs counts as at them. */
  readonly except: ReadonlySet<string>
}

export type WhileRunning = 'ignore' | 'restart' | 'queue' | 'parallel'

export interface Enroll {
  readonly whileRunning: WhileRunning
  /** Between two enrolments of an entity; null: any time. */
  readonly afterMs: number | null
  /** Enrolments of an entity in all; null: any number. */
  readonly max: number | null
}

export interface OnChange {
  readonly text: 'follow' | 'pin'
  readonly timing: 'follow' | 'pin'
  readonly structure: 'pin' | 'migrate'
  /** Where who stands at a step that is gone goes on: old step id -> new step id or `end`. */
  readonly map: Readonly<Record<string, string>>
}

/** A workflow ready to run, of one content. */
export interface CompiledWorkflow {
  readonly name: string
  /** Digest of the document: what its instances are pinned to. */
  readonly digest: string
  readonly entityKind: string
  readonly start: { readonly on: string; readonly when: Condition | null } | null
  readonly enroll: Enroll
  readonly onChange: OnChange
  readonly stopWhen: readonly StopWhen[]
  /** When it holds, the instance has nothing left to do. */
  readonly goal: Condition | null
  /** Names of the Policies that its sends pass beside those that apply to all. */
  readonly policies: readonly string[]
  /** All steps, nested ones included, in the order in which they are written. */
  readonly steps: readonly CompiledStep[]
  readonly frames: ReadonlyMap<string, Frame>
  /** Step id -> the wait_for steps that look back to it. */
  readonly lookbacks: ReadonlyMap<string, readonly string[]>
  /** Steps that an instance may run in its whole life. */
  readonly stepsMax: number
  /** How old an instance may get; null: any age. */
  readonly ageMsMax: number | null
  /** Do its conditions or texts read `vars`? Then events it started or went on with are kept in the instance. */
  readonly keepsVars: boolean
}

/** The name under which a step's event is found in `vars`: dashes cannot be written in a path. */
export function varName(stepId: string): string {
  return stepId.replaceAll('-', '_')
}

const byId = new WeakMap<CompiledWorkflow['steps'], ReadonlyMap<string, number>>()

/** Where a step is in `steps`; undefined: there is none of that id. */
export function stepIndex({ steps }: Pick<CompiledWorkflow, 'steps'>, id: string): number | undefined {
  let index = byId.get(steps)
  if (index === undefined) {
    index = new Map(steps.map((step, at) => [step.id, at]))
    byId.set(steps, index)
  }
  return index.get(id)
}

/** The step of that id; undefined: there is none. */
export function stepById(workflow: Pick<CompiledWorkflow, 'steps'>, id: string): CompiledStep | undefined {
  const at = stepIndex(workflow, id)
  return at === undefined ? undefined : workflow.steps[at]
}

/** The frames that a step is in, innermost first. */
export function framesOf(
  { frames }: Pick<CompiledWorkflow, 'frames'>,
  frame: string | null,
): readonly Frame[] {
  const found: Frame[] = []
  for (let key = frame; key !== null;) {
    const next = frames.get(key)
    if (next === undefined) break
    found.push(next)
    key = next.parent
  }
  return found
}

/** The saga that a step is in; null: none. */
export function sagaOf(workflow: Pick<CompiledWorkflow, 'frames'>, frame: string | null): string | null {
  const [inner] = framesOf(workflow, frame)
  return inner?.kind === 'saga' ? inner.saga : null
}
