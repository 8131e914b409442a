import type { CommandPriority } from '../../messaging/commands/command.ts'
import type { Condition } from '../conditions/condition-compiler.ts'
import type { OperationInfo } from '../decide/sales-config.ts'
import type { CompiledAssign, CompiledTask } from '../people/compiled-people.ts'
import type { ValueTemplate } from '../templates/compile-value.ts'
import type { Template } from '../templates/template.ts'
import type { FieldMerge } from '../types/field-merge.ts'
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
      /** How it joins what higher rules write; null: theirs stands. */
      readonly merge: FieldMerge | null
    }
  | { readonly verb: 'add_tag' | 'remove_tag'; readonly tags: readonly Template[] }
  | { readonly verb: 'command'; readonly command: CompiledCommand }
  | {
      readonly verb: 'emit'
      readonly type: string
      readonly subject: Template | null
      readonly data: ValueTemplate
    }
  | { readonly verb: 'start' | 'stop'; readonly workflow: string }
  | { readonly verb: 'assign'; readonly assign: CompiledAssign }
  | { readonly verb: 'task'; readonly task: CompiledTask }
  /** Of guards: what becomes of the event. */
  | { readonly verb: 'drop' | 'block_sends'; readonly reason: string }

/** What a rule remembers from one event to the next, and what it waits for. */
export interface RuleMemory {
  readonly once: { readonly per: readonly ValuePath[]; readonly withinMs: number | null } | null
  readonly throttle: CompiledThrottle | null
  readonly absence: CompiledAbsence | null
}

export interface CompiledThrottle {
  readonly way: 'once_within' | 'once_after' | 'accumulate_within'
  readonly windowMs: number
  /** 1 but for accumulate_within. */
  readonly count: number
  readonly per: readonly ValuePath[]
}

/** The event that must not come. */
export interface CompiledAbsence {
  readonly event: string
  readonly where: Condition | null
  readonly withinMs: number
}

/** A value that things are counted apart by: `event.channel`. */
export interface ValuePath {
  readonly root: string
  /** Below the root. */
  readonly path: string
}

/** A rule ready to run. */
export interface CompiledRule {
  /** `<set>/<rule>`, as a replay names it. */
  readonly ref: string
  /** `RuleSet/<set>#<rule>`, as traces and commands name it. */
  readonly cause: string
  readonly document: string
  readonly id: string
  readonly on: string
  /** `guard`: judged before scores and all other rules. */
  readonly phase: 'guard' | 'decide'
  readonly rank: number
  /** The kind of entity that it is about; null: any. For another kind of subject it does not apply. */
  readonly entityKind: string | null
  readonly when: Condition | null
  readonly actions: readonly CompiledAction[]
  /** null: it fires whenever it holds. */
  readonly memory: RuleMemory | null
  /** When it fires, the rules of its set behind it do not. */
  readonly final: boolean
  /** The deepest event of a chain that it fires for; null: any. */
  readonly depthMax: number | null
}

/** Higher rank first; ties by rule, so that the order never depends on files. */
export function byRank(a: CompiledRule, b: CompiledRule): number {
  return b.rank - a.rank || (a.ref < b.ref ? -1 : a.ref > b.ref ? 1 : 0)
}
