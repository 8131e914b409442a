import type { ArmTally } from '../../control-plane/rollout/judge/tally.ts'
import type { ConfigError } from '../../control-plane/rollout/judge/counts.ts'
import type { Evidence, Verdict } from '../../control-plane/rollout/judge/verdict.ts'
import type {
  AlphaBudget,
  PolicyStep,
  RiskClass,
} from '../../control-plane/rollout/policy/resolved-policy.ts'
import type { RolloutStateName } from '../../control-plane/rollout/state/rollout-state.ts'

/** Units of one arm in the whole rollout. */
export interface ArmStatus extends Pick<
  ArmTally,
  'units' | 'distinct' | 'failures' | 'ownFailures' | 'slow'
> {
  /** Matured in the present step; null: it is over. */
  readonly inStep: number | null
  /** Seen in the present step, outcome not yet certain; null: not known. */
  readonly waiting: number | null
}

export interface TestStatus {
  readonly test: string
  readonly e: number
  readonly logE: number
  /** 1 / alpha: it rolls back (or holds) at this value. */
  readonly limit: number
  /** How many times as much evidence it would take; at most 1 once it is crossed. */
  readonly distance: number
  readonly alpha: number
  readonly crossed: boolean
  readonly candidate: { readonly units: number; readonly adverse: number }
  readonly baseline: { readonly units: number; readonly adverse: number }
}

/** Something that stands between the rollout and its next step. */
export interface Block {
  readonly code: string
  readonly message: string
  /** RFC 3339; null: it depends on a person, or is not known. */
  readonly expectedAt: string | null
}

export interface StatusStep extends Pick<PolicyStep, 'kind' | 'percent'> {
  /** 1-based among the policy's steps; 0: shadow. */
  readonly number: number
  readonly of: number
  readonly text: string
  readonly enteredAt: string
}

/** What the judge says of a rollout now, or said last. */
export interface JudgedStatus {
  /** RFC 3339, of the database's clock. */
  readonly at: string
  readonly verdict: Verdict['verdict']
  /** Of a rollback; the reason in words. */
  readonly reason: string | null
  /** RFC 3339: when the step's time is over. */
  readonly until: string | null
  readonly units: Evidence['units']
  readonly cleanUnits: Evidence['cleanUnits']
  readonly time: Evidence['time']
  /** RFC 3339: when the missing units are expected; null: none are missing, or nobody knows. */
  readonly expectedAt: string | null
  /** With 95 % confidence the true rate of failures of the candidate's own making is at most `rate`. */
  readonly upperBound: Evidence['upperBound']
  readonly tests: readonly TestStatus[]
  readonly arms: { readonly candidate: ArmStatus; readonly baseline: ArmStatus }
  readonly shadow: { readonly units: number; readonly slower: number; readonly faster: number }
  readonly blocks: readonly Block[]
  readonly configErrors: { readonly candidateOnly: number; readonly examples: readonly ConfigError[] }
}

/** Where a rollout stands, with every number that a person asks for. Times are RFC 3339, percentages 0 to 100. */
export interface RolloutStatus {
  readonly id: string
  readonly scopes: readonly string[]
  readonly state: RolloutStateName
  /** Is it over for good? */
  readonly over: boolean
  /** The candidate's share of the units. */
  readonly percent: number
  /** Null: not begun, or over. */
  readonly step: StatusStep | null
  /** The step that follows; null after 100 %, and when it is over. */
  readonly next: { readonly number: number; readonly percent: number; readonly text: string } | null
  /** Since when it is in this state. */
  readonly since: string
  readonly candidateDigest: string
  readonly digests: readonly {
    readonly scope: string
    readonly baseline: string
    readonly candidate: string
  }[]
  readonly policy: string | null
  readonly autoRollback: boolean
  readonly risk: RiskClass
  readonly version: number
  readonly planId: string | null
  readonly reason: string | null
  readonly startedAt: string
  readonly startedBy: string
  readonly endedAt: string | null
  readonly approval: {
    readonly needed: number
    readonly given: readonly string[]
  } | null
  readonly judged: JudgedStatus | null
  /** False rollbacks that are accepted, and each test's part as it is spent. */
  readonly alpha: AlphaBudget
  /** Daemons that work now; without one nothing goes on by itself. */
  readonly daemonsAlive: number
  /** What happens next, and who must do something for it. */
  readonly nextAction: string
}
