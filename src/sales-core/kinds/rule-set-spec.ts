import type { CommandPriority } from '../../messaging/commands/command.ts'
import type { JsonValue } from '../../kernel/json.ts'
import type { AssignSpec, TaskSpec } from '../people/people-shape.ts'

/** The verbs of a rule's `then:`; every entry has exactly one. */
export const ruleVerbs = [
  'set',
  'add_tag',
  'remove_tag',
  'send',
  'call',
  'emit',
  'start',
  'stop',
  'notify',
  'assign',
  'task',
  'drop',
  'block_sends',
] as const

/** The verbs of a guard's rules; no other rule has them. */
export const guardVerbs = ['drop', 'block_sends'] as const

export interface SendSpec {
  readonly channel: string
  readonly to?: string | undefined
  readonly text?: string | undefined
  readonly subject?: string | undefined
  readonly html?: string | undefined
  readonly contact_id?: string | undefined
  readonly from_number?: string | undefined
  readonly template_id?: string | undefined
  /** A Template document, and what it is filled with. */
  readonly template?: string | undefined
  readonly params?: Readonly<Record<string, JsonValue>> | undefined
  readonly attachments?: JsonValue | undefined
}

/** A message to people of our own: no consent is asked for it, and no guard blocks it. */
export interface NotifySpec {
  readonly channel: string
  readonly to?: string | undefined
  readonly text: string
  readonly subject?: string | undefined
}

/** One entry of `then:`. Exactly one of `ruleVerbs` is present. */
export interface ActionSpec {
  readonly set?: Readonly<Record<string, JsonValue>> | undefined
  readonly add_tag?: string | readonly string[] | undefined
  readonly remove_tag?: string | readonly string[] | undefined
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
  readonly stop?: string | undefined
  readonly notify?: NotifySpec | undefined
  readonly assign?: AssignSpec | undefined
  readonly task?: TaskSpec | undefined
  readonly drop?: { readonly reason: string } | undefined
  readonly block_sends?: { readonly reason: string } | undefined
  readonly priority?: CommandPriority | undefined
}

/** Fires once for each value of `per` of its entity. */
export interface OnceSpec {
  /** The entity's kind (default), or paths of the event or the entity: `event.channel`. */
  readonly per?: string | readonly string[] | undefined
  /** Then it may fire again. Left out: never. */
  readonly within?: string | undefined
}

/** Exactly one of the three durations. */
export interface ThrottleSpec {
  readonly once_within?: string | undefined
  readonly once_after?: string | undefined
  readonly accumulate_within?: string | undefined
  /** With accumulate_within: fires when it has held so often. */
  readonly count?: number | undefined
  readonly per?: string | readonly string[] | undefined
}

export interface AbsenceSpec {
  readonly event: string
  readonly where?: string | undefined
  readonly within: string
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
  readonly once?: OnceSpec | undefined
  readonly throttle?: ThrottleSpec | undefined
  /** It fires only when this event has not come in that time. */
  readonly unless_followed_by?: AbsenceSpec | undefined
  /** It may be part of a cycle: it fires for events up to this depth of their chain. */
  readonly allow_cycle?: { readonly max: number; readonly why: string } | undefined
}

/** A RuleSet document whose shape has been accepted. */
export interface RuleSetSpec {
  readonly name: string
  readonly rules: readonly RuleSpec[]
  /** Do all rules that hold fire (default), or only the one that ranks highest? */
  readonly match?: 'all' | 'first' | undefined
  /** `guard`: its rules come before scores and all other rules, and may drop the event or forbid its sends. */
  readonly phase?: 'guard' | 'decide' | undefined
}
