import type { CommandPriority } from '../../messaging/commands/command.ts'
import type { Condition } from '../conditions/condition-compiler.ts'
import type { OperationInfo } from '../decide/sales-config.ts'
import type { ValueTemplate } from '../templates/compile-value.ts'
import type { Template } from '../templates/template.ts'
import type { FieldType } from '../types/field-type.ts'

/** A call or send as rules and workflow steps ask for it. */
export interface CompiledCommand {
  /** `call sink.hit`, `send sms`: for traces. */
  readonly label: string
  /** null: no integration carries it (any more); asking for it fails. */
  readonly operation: OperationInfo | null
  readonly channel: string | null
  readonly input: ValueTemplate
  readonly priority: CommandPriority
}

export type CompiledAction =
  | {
      readonly verb: 'set'
      /** Without the entity's kind: `consent.sms`. */
      readonly field: string
      readonly type: FieldType
      readonly value: ValueTemplate
    }
  | { readonly verb: 'add_tag'; readonly tags: readonly Template[] }
  | { readonly verb: 'command'; readonly command: CompiledCommand }
  | {
      readonly verb: 'emit'
      readonly type: string
      readonly subject: Template | null
      readonly data: ValueTemplate
    }
  | { readonly verb: 'start'; readonly workflow: string }

/** A rule ready to run. */
export interface CompiledRule {
  /** `<set>/<rule>`, as a replay names it. */
  readonly ref: string
  /** `RuleSet/<set>#<rule>`, as traces and commands name it. */
  readonly cause: string
  readonly document: string
  readonly id: string
  readonly on: string
  readonly rank: number
  /** The kind of entity that it is about; null: any. For another kind of subject it does not apply. */
  readonly entityKind: string | null
  readonly when: Condition | null
  readonly actions: readonly CompiledAction[]
  /** When it fires, the rules of its set behind it do not. */
  readonly final: boolean
  /** The deepest event of a chain that it fires for; null: any. */
  readonly depthMax: number | null
}

/** Higher rank first; ties by rule, so that the order never depends on files. */
export function byRank(a: CompiledRule, b: CompiledRule): number {
  return b.rank - a.rank || (a.ref < b.ref ? -1 : a.ref > b.ref ? 1 : 0)
}
