import { expect } from 'chai'
import { scopeName } from '../../../src/control-plane/documents/document.ts'
import { createTenant } from '../../../src/platform/tenants/create-tenant.ts'
import { followedInstallation } from '../../support/sources/followed-installation.ts'
import { configuration, gitRepository, leadType } from '../../support/sources/git-repository.ts'

const policy = `apiVersion: neuronx/v1
kind: RolloutPolicy
name: careful
strategy: percentage
shadowFirst: false
`
const abort = { action: 'abort', by: 'ada', reason: 'not this', quarantine: true } as const

describe('a source whose commit changes several tenants', function () {
  this.timeout(60_000)

  it('becomes a rollout for each, which a newer commit supersedes one by one', async () => {
    await using at = await followedInstallation()
    await using repository = await gitRepository()
    await createTenant(at.operator, at.operator.actor, { slug: 'beta' })
    const both = (acme: string, beta: string) => ({
      'tenants/acme/lead.yaml': leadType(acme),
      'tenants/beta/lead.yaml': leadType(beta),
    })
    const live = async () => {
      const found = await at.operator.rollouts.list({ tenantId: null, live: true, limit: 9 })
      return new Map(found.map(({ id, scopes }) => [scopes.map(({ scope }) => scopeName(scope)).join(), id]))
    }
    const loop = at.loop({ name: 'main', git: repository.path })
    await repository.commit({
      ...configuration('name: string'),
      ...both('name: string', 'name: string'),
      'global/rollout.yaml': policy,
    })
    expect((await at.look(loop)).state).to.equal('in_sync')

    await repository.commit(both('name: string, vat: string?', 'name: string, iban: string?'))
    const rolling = await at.look(loop)
    expect(rolling.state, rolling.message).to.equal('rolling')
    const first = await live()
    expect([...first.keys()]).to.have.members(['tenants/acme', 'tenants/beta'])
    expect(rolling.memory.rollouts).to.have.members([...first.values()])

    await repository.commit(both('name: string, vat: string?, city: string?', 'name: string, iban: string?'))
    expect((await at.look(loop)).state).to.equal('rolling')
    const second = await live()
    expect(second.get('tenants/beta'), 'what did not change goes on').to.equal(first.get('tenants/beta'))
    expect(second.get('tenants/acme')).to.not.equal(first.get('tenants/acme'))

    await at.operator.rollouts.act(second.get('tenants/acme') ?? '', abort, at.operator.actor)
    const stopped = await at.look(loop)
    expect(stopped.state, 'the other goes on').to.equal('rolling')
    await at.operator.rollouts.act(
      second.get('tenants/beta') ?? '',
      { ...abort, quarantine: false },
      at.operator.actor,
    )
    const over = await at.look(loop)
    expect(over.state, over.message).to.equal('quarantined')
    expect([...(await live()).keys()]).to.deep.equal([])
    expect((await at.look(loop, { forced: true })).state, 'never tried again').to.equal('quarantined')
  })
})
