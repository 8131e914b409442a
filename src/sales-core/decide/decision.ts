import type { JsonValue } from '../../kernel/json.ts'
import type { Command } from '../../messaging/commands/command.ts'
import type { NxEvent } from '../../messaging/events/event.ts'
import type { TeamEffects } from '../people/team-state.ts'
import type { WorkflowInstance } from '../workflows/workflow-instance.ts'
import type { EntityState } from './entity-state.ts'
import type { MarkChange } from './marks.ts'
import type { RuleWaitChange } from './rule-wait.ts'

/** One field that an event changed; folding an entity's changes in order gives its fields. `to: null` removes it. */
export interface FieldChange {
  /** Without the entity's kind: `score`, `consent.sms`. */
  readonly field: string
  readonly from: JsonValue
  readonly to: JsonValue
  /** `event` (folded data), `LeadScore/fit#x`, `RuleSet/x#y`. */
  readonly by: string
}

/** A change of one score, with every factor's share. */
export interface ScoreChange {
  readonly model: string
  readonly from: number
  readonly to: number
  readonly bandFrom: string | null
  readonly bandTo: string | null
  readonly shares: readonly ScoreShare[]
}

export interface ScoreShare {
  readonly factor: string
  readonly points: number
  /** For a person: `lead.country is "AE"`. */
  readonly why: string
  /** Points that fade or are capped: when they were collected last, RFC 3339; left out: they neither fade nor are capped. */
  readonly collectedAt?: string
  /** What was given in all, before decay. */
  readonly given?: number
  /** In which time they halve; left out: they do not. */
  readonly halfLifeMs?: number
}

/** What a rule did. `failed`: its own effects were dropped, the others went on. */
export type RuleTrace =
  | { readonly rule: string; readonly outcome: 'fired'; readonly actions: readonly string[] }
  | { readonly rule: string; readonly outcome: 'failed'; readonly code: string; readonly error: string }

/** What an instance did while this event was applied. */
export interface WorkflowTrace {
  readonly instanceId: string
  readonly workflow: string
  readonly from: string | null
  readonly to: string
  readonly ran: readonly string[]
  /** Steps that had waited and went on, and what moved them; left out: none. */
  readonly moved?: readonly { readonly step: string; readonly by: string }[]
  /** Arms that splits chose: step and arm; left out: none. */
  readonly arms?: readonly (readonly [string, string])[]
  /** Why it ended, when it did not simply come to its end: goal, stopped, restarted, undone. */
  readonly how?: string
  /** What stopped it. */
  readonly by?: string
}

/** Why things happened: kept with the decision, shown by `event trace`. */
export interface DecisionTrace {
  readonly rules: readonly RuleTrace[]
  readonly scores: readonly ScoreChange[]
  readonly workflows: readonly WorkflowTrace[]
  /** What was left out and why: chain too deep, unknown event type. */
  readonly notes: readonly string[]
  /** The scores that changed in any way, as the event left them; left out: none. Folding them gives the entity's scores. */
  readonly scored?: EntityState['scores']
  /** What the entity came to remember or forgot; left out: nothing. Folding them gives its marks. */
  readonly marks?: readonly MarkChange[]
}

/** Everything that follows from one event. Plain data. */
export interface Decision {
  readonly configDigest: string
  /** The entity afterwards, `version` and `appliedSeq` moved. */
  readonly entity: EntityState
  readonly changes: readonly FieldChange[]
  /** Instances that were started or moved, as they are now. */
  readonly instances: readonly WorkflowInstance[]
  readonly commands: readonly Command[]
  /** Waits of rules that were opened or are over. */
  readonly waits: readonly RuleWaitChange[]
  /** New events, to be given their place in their entity's order by the store. Same entity or another. */
  readonly emitted: readonly NxEvent[]
  /** What it does to teams; left out: nothing, and it looked at none. */
  readonly teams?: TeamEffects | undefined
  readonly trace: DecisionTrace
}
