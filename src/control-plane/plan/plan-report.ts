import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import type { RevisionSource, ScopeDigest } from '../revisions/revision-store.ts'
import type { RiskClass } from '../revisions/plan-store.ts'
import type { EvidenceForecast } from '../rollout/forecast/evidence-forecast.ts'

/** The shape's version: grows when a field changes its meaning. */
export const planSchema = 'neuronx.plan/1'

/** Of the workspaces below the scope where something was changed, those in which the change has an effect. */
export interface FanOut {
  readonly effective: number
  readonly total: number
  /** The first of those in which it is effective, `acme/eu`. */
  readonly workspaces: readonly string[]
}

/** A value that differs in what is effective. Secrets are hidden. */
export interface PlannedLeaf extends FanOut {
  /** `rules[hot-lead].when`. */
  readonly path: string
  readonly change: 'added' | 'removed' | 'changed' | 'renamed' | 'reordered'
  readonly before?: JsonValue
  readonly after?: JsonValue
  /** `tenants/acme/rules.yaml:12`; of the value before it was removed. */
  readonly place: string
  /** It binds lower scopes (`locked`, `bounded`, `unset`) and has no value of its own. */
  readonly guard?: true
}

/** A document whose effect differs, in one scope. */
export interface PlannedDocument extends FanOut {
  /** Where it was changed: `global`, `tenants/acme`, `tenants/acme/workspaces/eu`. */
  readonly scope: string
  readonly kind: string
  readonly name: string
  readonly change: 'added' | 'removed' | 'changed' | 'renamed'
  /** Of one that was renamed. */
  readonly previousName?: string
  readonly place: string
  /** Of one that was changed. */
  readonly leaves: readonly PlannedLeaf[]
}

/** A figure on both sides. */
export interface BeforeAfter {
  readonly baseline: number
  readonly candidate: number
}

/** What a backtest says would be decided otherwise, in one workspace. Plain data of whoever ran it. */
export interface BehaviourDiff {
  /** The report's content address. */
  readonly id: string
  readonly tenant: string
  readonly workspace: string
  readonly events: {
    readonly read: number
    readonly replayed: number
    readonly from: string | null
    readonly to: string | null
  }
  readonly units: number
  readonly changedUnits: number
  readonly bands: ReadonlyArray<{
    readonly model: string
    readonly from: string | null
    readonly to: string | null
    readonly units: number
  }>
  readonly rules: ReadonlyArray<BeforeAfter & { readonly rule: string }>
  readonly actions: ReadonlyArray<BeforeAfter & { readonly kind: string; readonly name: string }>
  /** Events on which only the candidate fails. */
  readonly newlyFailing: number
  readonly notReplayed: number
  /** Of the candidate: units (of the signal's kind) and those that showed it. What a rollout is expected to show. */
  readonly signals?: ReadonlyArray<{ readonly name: string; readonly units: number; readonly count: number }>
}

/** What a rollout of one scope's change could prove, and when. */
export interface ScopeForecast {
  readonly scope: string
  readonly forecast: EvidenceForecast
  /** Said beside it: how the traffic was counted. */
  readonly note: string | null
}

export interface Risk {
  readonly class: RiskClass
  /** What makes it so, the weightiest first. */
  readonly reasons: readonly string[]
  /** How many others must approve. */
  readonly approvers: number
}

export interface PlannedScope {
  readonly scope: string
  /** Null: nothing was applied there yet. */
  readonly base: string | null
  readonly candidate: string
  readonly changed: boolean
  readonly documents: number
  /** Why its candidate may not be applied; null: it is not quarantined. */
  readonly quarantined: string | null
  /** That the candidate is what the last change of the scope rolled back, by whom, when and why; null or absent: it is not. */
  readonly rolledBack?: string | null
}

/** What a change does to the processes that are under way in one workspace. Plain data of whoever looked. */
export interface InFlightChange {
  /** `acme/eu` */
  readonly workspace: string
  readonly workflow: string
  /** Digest of its definition after the change; null: it is removed, or nobody looked. */
  readonly definition: string | null
  readonly places: readonly InFlightPlace[]
}

/** Those that wait at one step under one definition. */
export interface InFlightPlace {
  /** Digest of what they run by. */
  readonly definition: string
  readonly step: string
  readonly count: number
  /**
   * The most of what becomes of those that were tried out. `blocked`: they should move, and nobody said where to; `untried`: nobody
   * looked, there are too many workspaces.
   */
  readonly becomes: 'blocked' | 'migrates' | 'retimed' | 'follows' | 'pinned' | 'untried'
  readonly note: string | null
  /** Real lives played to the new definition from their beginning; null: none was tried. */
  readonly replayed: {
    readonly tried: number
    /** Lives that asked for the same so far. */
    readonly sameEffects: number
    /** Where they would be now. */
    readonly at: readonly string[]
  } | null
}

/** What `config plan` found: all that `config apply` would do, and what is known of its effects. */
export interface PlanReport {
  readonly schema: typeof planSchema
  /** `planDigest` of base and candidate. */
  readonly digest: string
  readonly source: RevisionSource
  /** From global down. */
  readonly scopes: readonly PlannedScope[]
  readonly documents: readonly PlannedDocument[]
  readonly counts: {
    readonly added: number
    readonly changed: number
    readonly removed: number
    readonly renamed: number
  }
  /** Workspaces in which anything is different, of all. */
  readonly workspaces: { readonly affected: number; readonly total: number }
  readonly behaviour: readonly BehaviourDiff[]
  /** Left out: nobody looked. */
  readonly inFlight?: readonly InFlightChange[]
  readonly forecasts: readonly ScopeForecast[]
  readonly risk: Risk
  /** Findings of severity warning, as `code message (file:line:column)`. */
  readonly warnings: readonly string[]
}

/** Where instances should move and have nowhere to go, as `acme/eu nurture: 3 at reply (why)`. Empty: it may be applied. */
export function blockedPlaces({ inFlight = [] }: Pick<PlanReport, 'inFlight'>): readonly string[] {
  return inFlight.flatMap(({ workspace, workflow, places }) =>
    places.flatMap(({ step, count, becomes, note }) =>
      becomes === 'blocked' ? [`${workspace} ${workflow}: ${count} at ${step} (${note ?? 'no target'})`] : [],
    ),
  )
}

/** A report as plain JSON, for a column or a file. */
export function reportJson(report: PlanReport): JsonObject {
  return JSON.parse(JSON.stringify(report)) as JsonObject
}

export type Base = readonly ScopeDigest[]
