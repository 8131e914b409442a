import { digestOfParts } from '../../kernel/digest.ts'

/** The shape's version: grows when a field changes its meaning. */
export const backtestSchema = 'neuronx.backtest/1'

/** Why an event could not be replayed. Such events are counted and have no part in any figure. */
export type NotReplayedReason =
  /** The entity's state before the window is not recorded (any more). */
  | 'state_unknown'
  /** A workflow of the entity was waiting when the window began, and what it waited for is not recorded. */
  | 'workflow_state_unknown'
  /** A rule of the entity was waiting when the window began, and the event that it waited after is not recorded with the wait. */
  | 'rule_wait_unknown'
  /** An earlier event of the entity is missing from the set. */
  | 'gap_before'
  /** The set holds it twice. */
  | 'repeated'
  /** Its data fits the EventType of neither configuration. */
  | 'data_unfit'
  /** Neither configuration declares its type: nobody knows what its data means. */
  | 'type_unknown'
  /** The result of a command that was sent under another configuration: neither arm asked for it. */
  | 'result_of_other_command'
  /** It is not an event: a line of a file that cannot be read as one. */
  | 'unreadable'
  /** It belongs to another tenant or workspace than the one asked about. */
  | 'other_scope'

/** A figure on both sides. */
export interface Paired {
  readonly baseline: number
  readonly candidate: number
}

/** Units (entities) by the band they end in: from the baseline's to the candidate's. `band` null: none. */
export interface BandTransition {
  readonly model: string
  readonly from: string | null
  readonly to: string | null
  readonly units: number
}

/** A rule (`RuleSet/x#y`) that fired on different events. `added`: candidate only; `removed`: baseline only. */
export interface RuleDifference extends Paired {
  readonly rule: string
  readonly added: number
  readonly removed: number
}

/** Commands of one channel (`sms`) or operation (`crm.create_deal`), and events and workflow starts. */
export interface ActionDifference extends Paired {
  readonly kind: 'send' | 'call' | 'emit' | 'start'
  readonly name: string
  readonly added: number
  readonly removed: number
}

/**
 * A rate per unit as the rollout watches it live. `rate` is `count / units`.
 * Names: `<band>_<kind>_share` (`hot_lead_share`), `actions_per_unit`, `sends_per_unit`, `sends_per_unit.<channel>`,
 * `emitted_per_unit`, `starts_per_unit`. A band that two models of one kind share is named `<model>.<band>_<kind>_share`.
 */
export interface SignalRate {
  readonly name: string
  /** Units that the rate is over: of the signal's kind. */
  readonly units: number
  readonly baseline: { readonly count: number; readonly rate: number }
  readonly candidate: { readonly count: number; readonly rate: number }
}

/** What one side did on a diverging event, and the clause that settled it. */
export interface DivergenceSide {
  readonly fired: readonly string[]
  readonly failed: readonly string[]
  readonly actions: readonly string[]
  readonly score: number | null
  readonly band: string | null
  /** Of the first rule that differs: `fired`, `not fired`, `absent` or `failed`, and the clause with its values. */
  readonly why: string
}

export type DivergenceKind = 'error' | 'band' | 'action' | 'rule' | 'score' | 'field' | 'workflow'

/** An event on which the sides decide differently. Ids only; `payload` is there when it was asked for. */
export interface Divergence {
  readonly eventId: string
  readonly eventType: string
  readonly entity: string
  readonly at: string
  readonly kind: DivergenceKind
  /** The first rule or score that differs. */
  readonly about: string
  readonly baseline: DivergenceSide
  readonly candidate: DivergenceSide
  readonly payload?: unknown
}

/** A part of the configuration that fails on one side. `code` is the failure's. */
export interface ErrorDifference extends Paired {
  readonly part: string
  readonly code: string
  /** Events on which only the candidate fails. */
  readonly added: number
  readonly examples: readonly string[]
}

/** Candidate's time over the baseline's, paired per batch in random order. null: too few batches to say. */
export interface LatencyRatio {
  readonly pairs: number
  /** Geometric mean. */
  readonly ratio: number
  /** 95 % interval of the mean. */
  readonly low: number
  readonly high: number
  readonly baselineMicros: number
  readonly candidateMicros: number
}

export interface GateResult {
  readonly gate: 'max-decision-change' | 'max-new-errors' | 'max-latency-ratio'
  readonly limit: number
  readonly actual: number | null
  readonly state: 'passed' | 'failed' | 'no_evidence'
  readonly detail: string
}

export interface BacktestReport {
  readonly schema: typeof backtestSchema
  /** `backtestId` of the three digests: the same inputs have the same id, and the same report but for `latency`. */
  readonly id: string
  readonly tenant: string
  readonly workspace: string
  readonly baseline: { readonly digest: string }
  readonly candidate: { readonly digest: string }
  readonly events: {
    /** sha256 over the ids of all events read, in order. */
    readonly digest: string
    readonly read: number
    readonly replayed: number
    /** Of the first and the last event; null when there is none. */
    readonly from: string | null
    readonly to: string | null
    /** Share of the entities that was looked at, 0 to 1. */
    readonly sample: number
  }
  /** Entities replayed. */
  readonly units: number
  readonly notReplayed: {
    readonly events: number
    readonly byReason: ReadonlyArray<{
      readonly reason: NotReplayedReason
      readonly events: number
      readonly examples: readonly string[]
    }>
  }
  /** What a replay cannot know, said in words: results of commands that only the candidate sends. */
  readonly notes: readonly string[]
  /**
   * Baseline against itself: events that it decided differently twice. They count in no difference. `checked`: events that it decided
   * twice, which are all on which the sides differ and a sixteenth of the others.
   */
  readonly noise: { readonly events: number; readonly checked: number; readonly examples: readonly string[] }
  readonly decisions: {
    readonly changedEvents: number
    readonly changedUnits: number
    /** changedUnits / units; 0 without units. */
    readonly changedUnitShare: number
  }
  readonly bands: readonly BandTransition[]
  /** Rules that differ, most different first. */
  readonly rules: readonly RuleDifference[]
  readonly actions: readonly ActionDifference[]
  readonly signals: readonly SignalRate[]
  readonly errors: {
    /** Events on which a part fails in the candidate and not in the baseline. */
    readonly newlyFailing: number
    readonly fixed: number
    readonly parts: readonly ErrorDifference[]
  }
  readonly divergences: readonly Divergence[]
  readonly latency: LatencyRatio | null
  readonly gates: readonly GateResult[]
}

/** The content address of a backtest: sha256, hex. */
export function backtestId(inputs: {
  readonly baseline: string
  readonly candidate: string
  readonly events: string
}): string {
  return digestOfParts([backtestSchema, inputs.baseline, inputs.candidate, inputs.events])
}
