import { expect } from 'chai'
import { applyConfig } from '../../../src/app/plan/apply-config.ts'
import { temporaryDirectory } from '../../control-plane/temporary-directory.ts'
import { followedInstallation } from '../../support/sources/followed-installation.ts'
import { configuration, gitRepository, leadType } from '../../support/sources/git-repository.ts'

const policy = `apiVersion: neuronx/v1
kind: RolloutPolicy
name: careful
strategy: percentage
approval: { risk: low, approvers: 1 }
`

describe('a source whose commit is part rollout, part new', function () {
  this.timeout(60_000)

  it('waits as a plan until it is approved: what is new would be active at once', async () => {
    await using at = await followedInstallation()
    await using repository = await gitRepository()
    const files = { ...configuration('name: string'), 'global/rollout.yaml': policy }
    await using directory = await temporaryDirectory(files)
    await applyConfig(at.operator, directory.path, 'by hand')
    await repository.commit(files)
    const loop = at.loop({ name: 'main', git: repository.path })
    expect((await at.look(loop)).state).to.equal('in_sync')
    await repository.commit({
      'tenants/acme/lead.yaml': leadType('name: string, vat: string?'),
      'tenants/acme/workspaces/eu/lead.yaml': leadType('name: string, vat: string?, iban: string?'),
    })
    const waiting = await at.look(loop)
    expect(waiting.state, waiting.message).to.equal('pending')
    const tenantIds = (await at.operator.tenants.list()).map(({ id }) => id)
    const active = async () => (await at.operator.revisions.heads(tenantIds)).map(({ scope }) => scope.level)
    expect(await active()).to.not.include('workspace')
    const planId = waiting.memory.planId ?? ''
    await at.operator.plans.approve(planId, { kind: 'local', user: 'grace', role: 'owner' }, 'fine')
    const rolling = await at.look(loop)
    expect(rolling.state, rolling.message).to.equal('rolling')
    expect(await active()).to.include('workspace')
    expect(await at.activeFields(), 'the baseline stays active').to.equal('name')
    expect((await at.operator.plans.plan(planId))?.status.state).to.equal('applied')
    const [rollout] = await at.operator.rollouts.list({ tenantId: null, live: true, limit: 10 })
    expect(rollout?.state.state, 'who approved the plan has approved the rollout').to.not.equal(
      'pending_approval',
    )
  })
})
