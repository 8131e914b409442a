import { startOne } from '../../contracts/rollout/rollout-harness.ts'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { planned } from '../../../src/app/plan/plan-config.ts'
import { savePlan } from '../../../src/control-plane/plan/apply-plan.ts'
import { resolvePolicy } from '../../../src/control-plane/rollout/policy/resolve-policy.ts'
import type { ResolvedPolicy } from '../../../src/control-plane/rollout/policy/resolved-policy.ts'
import type { Rollout } from '../../../src/control-plane/rollout/rollout.ts'
import type { RunningSystem } from '../system/running-system.ts'

/** Shadow, 10 %, 50 %, all but the holdback, all: some hundred milliseconds each, and a few units are evidence. */
export function fastPolicy(change: Partial<ResolvedPolicy> = {}): ResolvedPolicy {
  const policy = resolvePolicy(null)
  const steps = [10, 50, 90, 100].map((percent, index) => ({
    index,
    kind: percent === 100 ? ('full' as const) : percent === 90 ? ('bake' as const) : ('percentage' as const),
    percent,
    tenants: null,
    minMs: 300,
    minUnits: 4,
  }))
  return {
    ...policy,
    steps,
    gate: { ...policy.gate, beforeFull: 20 },
    shadow: { first: true, units: 10, minMs: 300 },
    // A machine that does other things at the same time must not decide what a test sees.
    success: { ...policy.success, performanceDegradation: 10 },
    approval: { ...policy.approval, risk: null },
    bake: { holdback: 10, forMs: 300, watchMs: 300 },
    maturityMs: { configError: 0, integrationError: 0, latency: 0, decision: 0 },
    ...change,
  }
}

/** Starts a rollout of what these documents of tenant acme would change. */
export async function startTestRollout(
  { operator, settings, tenant }: Pick<RunningSystem, 'operator' | 'settings' | 'tenant'>,
  yaml: string,
  policy: ResolvedPolicy,
): Promise<Rollout> {
  const directory = await mkdtemp(join(settings.dataDir, 'candidate-'))
  await mkdir(join(directory, 'tenants', 'acme'), { recursive: true })
  await writeFile(join(directory, 'neuronx.yaml'), 'apiVersion: neuronx/v1\nkind: Fleet\nname: test\n')
  await writeFile(join(directory, 'tenants', 'acme', 'all.yaml'), yaml)
  const plan = await planned(operator, {
    directory,
    backtestFrom: null,
    backtestReport: null,
    note: () => {},
  })
  const saved = await savePlan(
    operator.plans,
    operator.actor,
    plan,
    new Date(operator.clock.now().getTime() + 3_600_000).toISOString(),
  )
  const scope = { level: 'tenant', tenant: 'acme' } as const
  const refOf = async (digest: string | null | undefined) => {
    const revision = await operator.revisions.revision(scope, digest ?? '')
    if (revision === null) throw new Error(`No revision ${digest}`)
    return { revisionId: revision.id, digest: revision.digest }
  }
  const digestIn = (list: typeof saved.base) =>
    list.find((one) => one.scope.level === 'tenant' && one.scope.tenant === 'acme')?.digest
  const scopes = [
    {
      scope,
      tenantId: tenant.id,
      baseline: await refOf(digestIn(saved.base)),
      candidate: await refOf(digestIn(saved.candidate)),
    },
  ]
  const wanted = { scopes, policy, predictions: {}, planId: saved.id, reason: 'test', risk: 'low' } as const
  return await startOne(operator.rollouts, wanted, operator.actor)
}
