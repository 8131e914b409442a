import type { CommandPriority } from '../../messaging/commands/command.ts'
import type { JsonValue } from '../../kernel/json.ts'

/** The verbs of a rule's `then:`; every entry has exactly one. */
export const ruleVerbs = ['set', 'add_tag', 'send', 'call', 'emit', 'start'] as const

export interface SendSpec {
  readonly channel: string
  readonly to?: string | undefined
  readonly text?: string | undefined
  readonly subject?: string | undefined
  readonly html?: string | undefined
  readonly contact_id?: string | undefined
  readonly from_number?: string | undefined
  readonly template_id?: string | undefined
  readonly attachments?: JsonValue | undefined
}

/** One entry of `then:`. Exactly one of `ruleVerbs` is present. */
export interface ActionSpec {
  readonly set?: Readonly<Record<string, JsonValue>> | undefined
  readonly add_tag?: string | readonly string[] | undefined
  readonly send?: SendSpec | undefined
  readonly call?: string | undefined
  readonly with?: Readonly<Record<string, JsonValue>> | undefined
  readonly emit?:
    | {
        readonly type: string
        readonly subject?: string | undefined
        readonly data?: Readonly<Record<string, JsonValue>> | undefined
      }
    | undefined
  readonly start?: string | undefined
  readonly priority?: CommandPriority | undefined
}

export interface RuleSpec {
  readonly id: string
  readonly on: string
  readonly when?: string | undefined
  /** 0 to 1000, higher first. */
  readonly rank: number
  readonly then: readonly ActionSpec[]
  /** Nothing of lower rank in this set fires for the event that this rule fired for. */
  readonly final?: boolean | undefined
  /** It may be part of a cycle: it fires for events up to this depth of their chain. */
  readonly allow_cycle?: { readonly max: number; readonly why: string } | undefined
}

/** A RuleSet document whose shape has been accepted. */
export interface RuleSetSpec {
  readonly name: string
  readonly rules: readonly RuleSpec[]
  /** Do all rules that hold fire (default), or only the one that ranks highest? */
  readonly match?: 'all' | 'first' | undefined
}
