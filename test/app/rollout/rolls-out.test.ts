import { expect } from 'chai'
import { hasBaseline, rollsOut } from '../../../src/app/rollout/rolls-out.ts'
import type { Scope, SourceDocument } from '../../../src/control-plane/documents/document.ts'
import type { World } from '../../../src/control-plane/plan/world/configuration-world.ts'
import { worldOf } from '../../../src/control-plane/plan/world/configuration-world.ts'
import type { PlannedScope } from '../../../src/control-plane/plan/plan-report.ts'

const acme: Scope = { level: 'tenant', tenant: 'acme' }

function policyIn(scope: Scope): World {
  const body = { apiVersion: 'neuronx/v1', kind: 'RolloutPolicy', name: 'careful' }
  const document = { kind: 'RolloutPolicy', name: 'careful', scope, body, digest: 'd' }
  return worldOf([{ scope, digest: 'd', documents: [document as unknown as SourceDocument] }])
}

function report(scope: string, base: string | null, candidate: string) {
  const planned: PlannedScope = {
    ...{ scope, base, candidate },
    changed: base !== candidate,
    documents: 1,
    quarantined: null,
  }
  return { scopes: [planned] }
}

describe('what becomes a rollout by itself', () => {
  it('is a change under a policy of its own scope or of one above', () => {
    expect(rollsOut(policyIn({ level: 'global' }), report('tenants/acme', 'a', 'b'))).to.equal(true)
    expect(rollsOut(policyIn(acme), report('tenants/acme/workspaces/eu', 'a', 'b'))).to.equal(true)
    expect(rollsOut(policyIn(acme), report('tenants/beta', 'a', 'b'))).to.equal(false)
    expect(rollsOut(policyIn(acme), report('global', 'a', 'b'))).to.equal(false)
    expect(rollsOut(worldOf([]), report('tenants/acme', 'a', 'b'))).to.equal(false)
  })

  it('is nothing that stays as it is, and nothing that was not there before', () => {
    for (const one of [report('tenants/acme', 'a', 'a'), report('tenants/acme', null, 'b')]) {
      expect(rollsOut(policyIn(acme), one)).to.equal(false)
      expect(hasBaseline(one)).to.equal(false)
    }
    expect(hasBaseline(report('tenants/acme', 'a', 'b'))).to.equal(true)
  })
})
