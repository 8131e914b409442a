import type { JsonObject } from '../../../kernel/json.ts'
import type {
  ArmCounts,
  CapExceeded,
  ConfigErrorCounts,
  RolloutCounts,
  ShadowCounts,
  StepCounts,
  StratumCounts,
} from '../judge/counts.ts'
import { noArmCounts } from '../judge/counts.ts'
import { weightInStep } from '../policy/resolved-policy.ts'
import type { PolicyStep, ResolvedPolicy } from '../policy/resolved-policy.ts'

/** Units of one tenant in one arm of one step, added up. `*`: its events, whatever their arm. */
export interface CountRow {
  /** -1: shadow. */
  readonly step: number
  /** Its slug. */
  readonly tenant: string
  readonly arm: 'c' | 'b' | 'p' | '*'
  readonly units: number
  readonly distinct: number
  readonly failures: number
  readonly outsideFailures: number
  readonly slow: number
  /** Of pairs: those in which the candidate was not slow. */
  readonly fast: number
  /** Signal -> units. */
  readonly signals: JsonObject
  readonly events: number
  readonly unassignable: number
  readonly bothFailed: number
}

/** What the judge takes, from added-up rows: one stratum for all tenants of one weight, one for each tenant of a ring. */
export function assembleCounts(
  policy: ResolvedPolicy,
  rows: readonly CountRow[],
  more: {
    readonly examples: ConfigErrorCounts['examples']
    readonly candidateOnly: number
    readonly capsExceeded: readonly CapExceeded[]
  },
): RolloutCounts {
  const ringed = new Set(policy.rings.flatMap(({ tenants }) => tenants))
  const steps: StepCounts[] = []
  for (const step of policy.steps) {
    const own = rows.filter((row) => row.step === step.index && (row.arm === 'c' || row.arm === 'b'))
    if (own.length > 0) steps.push({ step: step.index, strata: strataOf(policy, step, own, ringed) })
  }
  return {
    shadow: shadowOf(rows.filter(({ arm }) => arm === 'p')),
    steps,
    configErrors: {
      candidateOnly: more.candidateOnly,
      both: rows.reduce((sum, { bothFailed }) => sum + bothFailed, 0),
      examples: more.examples,
    },
    capsExceeded: more.capsExceeded,
  }
}

function strataOf(
  policy: ResolvedPolicy,
  step: PolicyStep,
  rows: readonly CountRow[],
  ringed: ReadonlySet<string>,
): readonly StratumCounts[] {
  const strata = new Map<string, StratumCounts>()
  for (const row of rows) {
    const weight = weightInStep(policy, step, row.tenant)
    // Outside the ring nobody can be given the candidate: that is no control group.
    if (weight <= 0) continue
    const stratum = ringed.has(row.tenant) ? row.tenant : '*'
    const sum = strata.get(stratum) ?? {
      stratum,
      weight,
      candidate: noArmCounts,
      baseline: noArmCounts,
    }
    const arm = row.arm === 'c' ? 'candidate' : 'baseline'
    strata.set(stratum, { ...sum, [arm]: plus(sum[arm], row) })
  }
  return [...strata.values()].sort((a, b) => (a.stratum < b.stratum ? -1 : 1))
}

function plus(sum: ArmCounts, row: CountRow): ArmCounts {
  return {
    units: sum.units + row.units,
    distinct: sum.distinct + row.distinct,
    failures: sum.failures + row.failures,
    integrationFailures: sum.integrationFailures + row.outsideFailures,
    slow: sum.slow + row.slow,
    signals: plusSignals(sum.signals, row.signals),
  }
}

function shadowOf(rows: readonly CountRow[]): ShadowCounts {
  return rows.reduce<ShadowCounts>(
    (sum, row) => ({
      units: sum.units + row.units,
      slower: sum.slower + row.slow,
      faster: sum.faster + row.fast,
      signals: plusSignals(sum.signals, row.signals),
    }),
    { units: 0, slower: 0, faster: 0, signals: {} },
  )
}

function plusSignals(sum: Readonly<Record<string, number>>, more: JsonObject): Record<string, number> {
  const signals: Record<string, number> = { ...sum }
  for (const [name, units] of Object.entries(more)) {
    if (typeof units === 'number') signals[name] = (signals[name] ?? 0) + units
  }
  return signals
}

/** Was a command's end the doing of the other side: too many requests, an error of theirs, no answer? Everything else is ours. */
export function isOutside(
  error: { readonly code?: string; readonly status?: number | null } | null,
): boolean {
  if (error === null) return false
  const { code = '', status = null } = error
  if (status !== null) return status === 408 || status === 429 || status >= 500
  return ['NX-CALL-UNREACHABLE', 'NX-CALL-NO-ANSWER', 'NX-CALL-BUSY', 'NX-CALL-STOPPED'].includes(code)
}
