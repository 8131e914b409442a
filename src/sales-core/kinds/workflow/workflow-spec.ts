import type { CommandPriority } from '../../../messaging/commands/command.ts'
import type { JsonObject, JsonValue } from '../../../kernel/json.ts'
import type { AssignSpec, TaskSpec } from '../../people/people-shape.ts'
import type { SendSpec } from '../rule-set-spec.ts'

/** The verbs of a step; every step has exactly one. `wait: result` and `wait: done` stand beside another verb. */
export const stepVerbs = [
  'call',
  'send',
  'set',
  'add_tag',
  'remove_tag',
  'assign',
  'task',
  'wait',
  'wait_for',
  'choose',
  'split',
  'parallel',
  'saga',
  'start',
  'emit',
  'stop',
] as const

/** How long, as it is written. */
export interface WaitLengthSpec {
  readonly duration?: string | undefined
  readonly days?: number | undefined
  readonly hours?: number | undefined
  readonly minutes?: number | undefined
  readonly seconds?: number | undefined
  /** `10:00` */
  readonly at?: string | undefined
  /** `contact`, `tenant` or an IANA zone. */
  readonly tz?: string | undefined
  readonly unknown_tz?: string | undefined
  readonly spread?: string | undefined
}

export interface BranchSpec {
  readonly when?: string | undefined
  readonly go?: string | undefined
  readonly else?: string | undefined
}

export interface EmitSpec {
  readonly type: string
  readonly subject?: string | undefined
  readonly data?: Readonly<Record<string, JsonValue>> | undefined
}

export interface StopWhenSpec {
  readonly on: string
  readonly when?: string | undefined
  readonly except?: readonly string[] | undefined
}

/** A step whose shape has been accepted. The arms of a split stand beside it, by their names: see `armsOf`. */
export interface StepSpec {
  readonly id: string
  readonly call?: string | undefined
  readonly with?: JsonObject | undefined
  readonly send?: SendSpec | undefined
  readonly fallback?: SendSpec | undefined
  readonly priority?: CommandPriority | undefined
  readonly retry?: { readonly max: number; readonly backoff?: string | undefined } | undefined
  readonly undo?: { readonly call: string; readonly with?: JsonObject | undefined } | undefined
  readonly set?: Readonly<Record<string, JsonValue>> | undefined
  readonly add_tag?: string | readonly string[] | undefined
  readonly remove_tag?: string | readonly string[] | undefined
  readonly assign?: AssignSpec | undefined
  readonly task?: TaskSpec | undefined
  readonly emit?: EmitSpec | undefined
  readonly start?: string | undefined
  readonly stop?: string | undefined
  readonly wait?: WaitLengthSpec | 'result' | 'done' | undefined
  readonly wait_for?:
    | { readonly event: string; readonly where?: string | undefined; readonly since?: string | undefined }
    | undefined
  readonly up_to?: string | undefined
  readonly clock?: 'wall' | 'business' | 'contact' | undefined
  readonly calendar?: string | undefined
  readonly choose?: readonly BranchSpec[] | undefined
  readonly split?: Readonly<Record<string, number>> | undefined
  readonly parallel?: Readonly<Record<string, readonly StepSpec[]>> | undefined
  readonly join?: 'all' | 'any' | undefined
  readonly saga?: readonly StepSpec[] | undefined
  readonly on_failure?: { readonly task?: TaskSpec | undefined; readonly go?: string | undefined } | undefined
  readonly then?: string | undefined
  readonly go?: string | undefined
  readonly else?: string | undefined
}

/** A Workflow document whose shape has been accepted. */
export interface WorkflowSpec {
  readonly name: string
  readonly for: string
  readonly start?: { readonly on: string; readonly when?: string | undefined } | undefined
  readonly enroll?:
    | {
        readonly while_running?: 'ignore' | 'restart' | 'queue' | 'parallel' | undefined
        readonly again?:
          { readonly after?: string | undefined; readonly max?: number | undefined } | undefined
      }
    | undefined
  readonly on_change?:
    | {
        readonly text?: 'follow' | 'pin' | undefined
        readonly timing?: 'follow' | 'pin' | undefined
        readonly structure?: 'pin' | 'migrate' | undefined
        readonly map?: Readonly<Record<string, string>> | undefined
      }
    | undefined
  readonly stop_when?: readonly StopWhenSpec[] | undefined
  readonly goal?: string | undefined
  readonly policies?: readonly string[] | undefined
  readonly budget?: { readonly steps?: number | undefined; readonly age?: string | undefined } | undefined
  readonly steps: readonly StepSpec[]
}
