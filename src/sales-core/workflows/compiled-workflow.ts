import type { Condition } from '../conditions/condition-compiler.ts'
import type { CompiledCommand } from '../rules/compiled-rule.ts'

/** Where to go on: the index of a step, or the end. */
export type StepTarget = number | 'end'

interface StepBase {
  readonly id: string
}

export type CompiledStep =
  | (StepBase & { readonly verb: 'command'; readonly command: CompiledCommand; readonly next: StepTarget })
  | (StepBase & { readonly verb: 'wait'; readonly ms: number; readonly next: StepTarget })
  | (StepBase & {
      readonly verb: 'wait_for'
      readonly event: string
      readonly where: Condition | null
      readonly upToMs: number | null
      /** The event came. */
      readonly next: StepTarget
      /** `up_to` is over. */
      readonly late: StepTarget
    })
  | (StepBase & {
      readonly verb: 'choose'
      readonly branches: ReadonlyArray<{ readonly when: Condition; readonly go: StepTarget }>
      readonly otherwise: StepTarget
    })

/** A workflow ready to run, of one content. */
export interface CompiledWorkflow {
  readonly name: string
  /** Digest of the document: what its instances are pinned to. */
  readonly digest: string
  readonly entityKind: string
  readonly start: { readonly on: string; readonly when: Condition | null } | null
  readonly steps: readonly CompiledStep[]
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
