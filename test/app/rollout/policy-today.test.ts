import { expect } from 'chai'
import { isPolicyEdited } from '../../../src/app/rollout/policy-today.ts'
import { resolvePolicy } from '../../../src/control-plane/rollout/policy/resolve-policy.ts'
import type { RolloutPolicySpec } from '../../../src/control-plane/rollout/policy/rollout-policy-spec.ts'
import { MemoryRevisionStore } from '../../fakes/memory-revision-store.ts'
import { MemoryTenantStore } from '../../fakes/memory-tenant-store.ts'
import { reportedRollout } from '../../support/rollout/reported-rollout.ts'

const careful: RolloutPolicySpec = {
  apiVersion: 'neuronx/v1',
  kind: 'RolloutPolicy',
  name: 'careful',
  gate: { minUnits: 60 },
}

describe('the policy of a rollout that is under way', () => {
  const actor = { kind: 'local', user: 'ada', role: 'owner' } as const
  const source = { directory: '.', repository: null, commit: null, author: null }
  const edited = async (policy: RolloutPolicySpec): Promise<boolean> => {
    const tenants = new MemoryTenantStore()
    await tenants.create({ slug: 'acme', name: 'acme', unknownEvents: 'accept' }, actor, null)
    const revisions = new MemoryRevisionStore(tenants)
    const document = { kind: 'RolloutPolicy', name: 'careful', digest: 'd'.repeat(64), body: { ...policy } }
    const global = { scope: { level: 'global' }, digest: 'e'.repeat(64), documents: [document] } as const
    await revisions.apply([global as never], source, actor, null)
    return await isPolicyEdited({ revisions, tenants }, reportedRollout({ policy: resolvePolicy(careful) }))
  }

  it('is the one of its start while nobody edits it', async () => {
    expect(await edited(careful)).to.equal(false)
  })

  it('is told from one that was edited since', async () => {
    expect(await edited({ ...careful, gate: { minUnits: 61 } })).to.equal(true)
  })
})
