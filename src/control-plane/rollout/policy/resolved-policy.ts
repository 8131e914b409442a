/** A part of the ramp. `index` is its place in the policy's steps. */
export interface PolicyStep {
  readonly index: number
  /** `ring`: named tenants first. `bake`: all but the holdback. `full`: 100 %, where the watch runs. */
  readonly kind: 'ring' | 'percentage' | 'bake' | 'full'
  /** The candidate's share of the units of the scope (in a ring: of its tenants), above 0, at most 100. */
  readonly percent: number
  /** In a ring: its tenants (slugs) and those of the rings before. Null: every tenant of the scope. */
  readonly tenants: readonly string[] | null
  /** The least time here before the next step. */
  readonly minMs: number
  /** The candidate's matured units wanted here. */
  readonly minUnits: number
}

export interface Ring {
  readonly tenants: readonly string[]
  /** The candidate's share of the units of these tenants, in this and all later steps that give them less. */
  readonly percent: number
}

/** Hours in which a rollout may be promoted (rollback has none). */
export interface ChangeWindow {
  /** An IANA zone. */
  readonly tz: string
  /** 1 Monday to 7 Sunday. */
  readonly days: readonly number[]
  /** Minutes after midnight, local; `from` included, `to` not; `from` > `to` goes over midnight (the day is the one it began on). */
  readonly fromMinute: number
  readonly toMinute: number
}

export interface SignalPolicy {
  /** What the live rate is compared with: the plan's backtest, or a share of units, 0 to 1. */
  readonly expect: 'backtest' | number
  /** How far the live rate may be off, as a part of the expected one: 0.1 = 10 % above or below. */
  readonly tolerance: number
  readonly onDivergence: 'hold' | 'rollback'
}

/** Each test's part of the false rollbacks that are accepted in a whole rollout. */
export interface AlphaBudget {
  readonly total: number
  readonly errors: number
  readonly absolute: number
  readonly latency: number
  readonly decisions: number
}

export type RiskClass = 'low' | 'medium' | 'high'

/** A rollout policy with every default filled in and the ramp written out. Times in ms, shares 0 to 1, percentages 0 to 100. */
export interface ResolvedPolicy {
  /** The document's name; null: no document, all defaults. */
  readonly name: string | null
  readonly unit: 'entity' | 'workspace' | 'tenant'
  readonly rings: readonly Ring[]
  /** Rings, percentages, the bake, and 100 %. At least two. */
  readonly steps: readonly PolicyStep[]
  readonly gate: {
    /** The candidate's clean-equivalent units before 100 %. */
    readonly beforeFull: number
    readonly promotion: 'evidence' | 'time'
    readonly maxStepMs: number
    readonly onInsufficientData: 'hold' | 'extend' | 'approve' | 'rollback'
  }
  readonly success: { readonly errorRateThreshold: number; readonly performanceDegradation: number }
  readonly signals: Readonly<Record<string, SignalPolicy>>
  /** Null: no such cap. */
  readonly caps: { readonly actionsPerUnit: number | null; readonly actionsPerHour: number | null }
  readonly bake: { readonly holdback: number; readonly forMs: number; readonly watchMs: number }
  readonly autoRollback: boolean
  readonly shadow: { readonly first: boolean; readonly units: number; readonly minMs: number }
  readonly alpha: AlphaBudget
  readonly approval: {
    /** The least risk class that needs approval to start; null: none does. */
    readonly risk: RiskClass | null
    readonly approvers: number
    /** Entering a step at or above one of these percentages for the first time needs an approval of its own. */
    readonly beforePercentages: readonly number[]
  }
  /** Empty: at any time. */
  readonly windows: readonly ChangeWindow[]
  readonly inflight: 'finish' | 'abort' | 'restart'
  /** What a newer revision of the same scope does to a rollout under way. */
  readonly newerRevision: 'supersede' | 'queue'
  /** For how long an outcome of a class may come late; a unit is counted after the longest. */
  readonly maturityMs: {
    readonly configError: number
    readonly integrationError: number
    readonly latency: number
    readonly decision: number
  }
  readonly health: {
    readonly unassignableShare: number
    readonly clockSkewMs: number
    readonly staleMs: number
  }
}

/** The time after which a unit's outcome counts: the longest of its classes. */
export function maturityOf({ maturityMs }: ResolvedPolicy): number {
  return Math.max(
    maturityMs.configError,
    maturityMs.integrationError,
    maturityMs.latency,
    maturityMs.decision,
  )
}

/**
 * The candidate's share of a tenant's units in a step, 0 to 1. A ring's tenants keep the ring's share until the ramp passes it, so
 * that no unit goes back to the baseline on the way up; in a ring step all other tenants are on the baseline.
 */
export function weightInStep(policy: ResolvedPolicy, step: PolicyStep, tenant: string): number {
  if (step.kind === 'full') return 1
  let percent = step.tenants === null ? step.percent : 0
  policy.rings.forEach((ring, index) => {
    if ((step.kind !== 'ring' || index <= step.index) && ring.tenants.includes(tenant)) {
      percent = Math.max(percent, ring.percent)
    }
  })
  return percent / 100
}
