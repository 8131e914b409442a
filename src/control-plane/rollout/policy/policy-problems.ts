import { formatDuration } from '../../../kernel/duration.ts'
import type { Problem } from '../../documents/document-kind.ts'
import { isTimeZone } from './change-window.ts'
import { rampProblems } from './ramp-problems.ts'
import { maturityOf } from './resolved-policy.ts'
import type { ResolvedPolicy } from './resolved-policy.ts'
import { resolvePolicy } from './resolve-policy.ts'
import type { RolloutPolicySpec } from './rollout-policy-spec.ts'

/** What the shape of a RolloutPolicy cannot say: numbers that contradict each other, evidence that cannot be reached. */
export function policyProblems(spec: RolloutPolicySpec): readonly Problem[] {
  const policy = resolvePolicy(spec)
  return [
    ...rampProblems(spec),
    ...ringProblems(spec),
    ...alphaProblems(policy),
    ...gateProblems(spec, policy),
    ...timeProblems(spec, policy),
    ...windowProblems(spec),
  ]
}

function ringProblems({ rings = [] }: RolloutPolicySpec): readonly Problem[] {
  const seen = new Set<string>()
  const problems: Problem[] = []
  rings.forEach(({ tenants }, ring) => {
    tenants.forEach((tenant, index) => {
      if (seen.has(tenant)) {
        problems.push({
          code: 'NX-ROLLOUT-RING-TWICE',
          message: `'${tenant}' is in a ring already`,
          fix: 'Name each tenant once, in the first ring it joins.',
          path: ['rings', ring, 'tenants', index],
        })
      }
      seen.add(tenant)
    })
  })
  return problems
}

function alphaProblems({ alpha }: ResolvedPolicy): readonly Problem[] {
  const sum = alpha.errors + alpha.absolute + alpha.latency + alpha.decisions
  // 0.1 + 0.2 is not 0.3.
  if (sum <= alpha.total * (1 + 1e-9)) return []
  return [
    {
      code: 'NX-ROLLOUT-ALPHA',
      message: `The tests' parts add up to ${percentText(sum)}, more than the total of ${percentText(alpha.total)}`,
      fix: 'Lower a part, or raise alpha.total: it is the share of healthy changes that may be rolled back.',
      path: ['alpha'],
      key: true,
    },
  ]
}

function gateProblems({ gate }: RolloutPolicySpec, policy: ResolvedPolicy): readonly Problem[] {
  const problems: Problem[] = []
  const { errorRateThreshold } = policy.success
  const wanted = Math.ceil(Math.log(0.05) / Math.log1p(-errorRateThreshold) - 1e-6)
  if (policy.gate.beforeFull < wanted) {
    problems.push({
      code: 'NX-ROLLOUT-BEFORE-FULL',
      message: `${policy.gate.beforeFull} units cannot show an error rate of at most ${percentText(errorRateThreshold)}: that takes ${wanted}`,
      fix: `Set gate.beforeFull to ${wanted}, or raise successCriteria.errorRateThreshold.`,
      path: gate?.beforeFull === undefined ? ['gate'] : ['gate', 'beforeFull'],
      severity: 'warning',
    })
  }
  const largest = Math.max(...policy.steps.map(({ minUnits }) => minUnits))
  if (policy.gate.beforeFull < largest) {
    problems.push({
      code: 'NX-ROLLOUT-BEFORE-FULL',
      message: `gate.beforeFull (${policy.gate.beforeFull}) is less than a single step asks for (${largest}): it never decides`,
      fix: `Set gate.beforeFull to at least ${largest}.`,
      path: gate?.beforeFull === undefined ? ['gate'] : ['gate', 'beforeFull'],
      severity: 'warning',
    })
  }
  if (policy.gate.promotion === 'time') {
    problems.push({
      code: 'NX-ROLLOUT-BY-TIME',
      message: 'With promotion: time a step ends without evidence; a rare error passes unseen',
      fix: "Write promotion: evidence, or accept the label 'advanced without evidence' on each step.",
      path: ['gate', 'promotion'],
      severity: 'warning',
    })
  }
  if (policy.unit !== 'entity' && largest > smallFleet) {
    problems.push({
      code: 'NX-ROLLOUT-FEW-UNITS',
      message: `A step waits for ${largest} ${policy.unit}s: with fewer in the scope it is held`,
      fix: `Lower gate.minUnits to what the scope has, or use unit: entity.`,
      path: ['unit'],
      severity: 'warning',
    })
  }
  return problems
}

/** More workspaces or tenants than this in the candidate's share of a step are rare. */
const smallFleet = 20

function timeProblems(spec: RolloutPolicySpec, policy: ResolvedPolicy): readonly Problem[] {
  const { maxStepMs } = policy.gate
  const problems: Problem[] = []
  const tooLong = (ms: number, what: string, path: readonly string[]): void => {
    if (ms <= maxStepMs) return
    problems.push({
      code: 'NX-ROLLOUT-STEP-TIME',
      message: `${what} (${formatDuration(ms)}) is longer than gate.maxStepDuration (${formatDuration(maxStepMs)})`,
      fix: `Set gate.maxStepDuration to at least ${formatDuration(ms)}.`,
      path,
    })
  }
  const periodMs = Math.max(
    ...policy.steps.filter(({ kind }) => kind === 'percentage' || kind === 'ring').map(({ minMs }) => minMs),
    0,
  )
  tooLong(periodMs, 'ramp.evaluationPeriod', ['ramp'])
  tooLong(policy.bake.forMs, 'bake.for', ['bake'])
  tooLong(policy.shadow.minMs, 'shadowFor', ['shadowFor'])
  tooLong(maturityOf(policy), 'The longest maturity', spec.maturity === undefined ? ['gate'] : ['maturity'])
  const maturity = maturityOf(policy)
  if (maturity > periodMs && maturity <= maxStepMs && periodMs > 0) {
    problems.push({
      code: 'NX-ROLLOUT-MATURITY',
      message: `A unit counts after ${formatDuration(maturity)}, a step is ${formatDuration(periodMs)}: it ends before its first unit counts`,
      fix: `Make ramp.evaluationPeriod longer than ${formatDuration(maturity)}.`,
      path: spec.maturity === undefined ? ['ramp'] : ['maturity'],
      severity: 'warning',
    })
  }
  return problems
}

function windowProblems({ windows = [] }: RolloutPolicySpec): readonly Problem[] {
  return windows.flatMap((window, index) => {
    const problems: Problem[] = []
    if (!isTimeZone(window.tz)) {
      problems.push({
        code: 'NX-ROLLOUT-WINDOW-ZONE',
        message: `'${window.tz}' is not a time zone`,
        fix: 'Write an IANA zone such as Europe/Berlin or UTC.',
        path: ['windows', index, 'tz'],
      })
    }
    if (window.from === window.to) {
      problems.push({
        code: 'NX-ROLLOUT-WINDOW-EMPTY',
        message: 'The window ends when it begins',
        fix: 'Write "00:00" to "24:00" for whole days.',
        path: ['windows', index, 'to'],
      })
    }
    return problems
  })
}

function percentText(share: number): string {
  return `${Number((share * 100).toPrecision(6))} %`
}
