import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import type { Database } from '../../../../src/adapters/postgres/database.ts'
import { watchThresholds } from '../../../../src/platform/alerts/watch-thresholds.ts'
import { credentialStoreContract, newTokens } from '../../../contracts/credential-store.contract.ts'
import { openTestDatabase, querySuperuser } from '../../../support/database.ts'
import type { TestDatabase } from '../../../support/database.ts'
import { createTenant, testActor } from '../../../support/stores/tenants.ts'

describe('tokens on Postgres', () => {
  let opened: { database: Database; test: TestDatabase; close(): Promise<void> }
  before(async () => {
    opened = await openTestDatabase()
  })
  after(async () => {
    await opened.close()
  })

  const setup = async () => {
    const { id } = await createTenant(opened.database)
    return {
      store: opened.database.stores.credentials,
      place: { tenantId: id, workspace: 'default', integration: 'ghl' },
      pass: async (ms: number) => {
        // As a superuser, whom forced row security does not hold back: a runtime login would move no row.
        const moved = await querySuperuser(
          opened.test,
          `update integration_credential set lease_until = lease_until - $2 * interval '1 ms',
             retry_at = retry_at - $2 * interval '1 ms' where tenant_id = $1 returning 1`,
          [id, ms],
        )
        expect(moved).to.have.length(1)
      },
    }
  }
  credentialStoreContract('Postgres', setup)

  const gateOf = async (tenantId: string) =>
    (
      await querySuperuser<{ breaker: string; reason: string }>(
        opened.test,
        'select breaker, reason from dispatch_gate where tenant_id = $1',
        [tenantId],
      )
    )[0] ?? null

  const refused = { code: 'NX-AUTH-REFUSED', message: 'no', unclear: false, shutsGate: true }

  const failedPlace = async () => {
    const { store, place } = await setup()
    await store.put(place, 0, newTokens(), testActor, null)
    const lease = { version: 1, owner: randomUUID() }
    await store.lease(place, { ...lease, binding: 'b', leaseMs: 1_000 })
    await store.fail(place, lease, refused)
    return { store, place }
  }

  it('shuts the gate with the failure, and lets one call try after the next login', async () => {
    const { store, place } = await failedPlace()
    expect(await gateOf(place.tenantId)).to.deep.equal({ breaker: 'open', reason: 'NX-AUTH-REFUSED' })
    expect(await store.put(place, 1, newTokens(), testActor, 'again')).to.equal(true)
    expect(await gateOf(place.tenantId)).to.deep.include({ breaker: 'half_open' })
  })

  it('leaves a gate alone that is shut for another reason', async () => {
    const { store, place } = await setup()
    await querySuperuser(
      opened.test,
      `insert into dispatch_gate (tenant_id, integration, not_before, reason, breaker) values ($1, 'ghl', now(), 'NX-CALL-FAILED', 'open')`,
      [place.tenantId],
    )
    await store.put(place, 0, newTokens(), testActor, null)
    expect(await gateOf(place.tenantId)).to.deep.include({ breaker: 'open' })
  })

  it('lets a new secret of the tenant end the wait for the next try, and opens its gate', async () => {
    const { store, place } = await setup()
    const other = await setup()
    for (const { tenantId } of [place, other.place]) {
      const at = { ...place, tenantId }
      const lease = { version: 0, owner: randomUUID() }
      await store.lease(at, { ...lease, binding: 'b', leaseMs: 1_000 })
      await store.backOff(at, lease, refused, 300_000)
    }
    const { sealed } = newTokens()
    await opened.database.stores.secrets.put(place.tenantId, 'client-secret', sealed, testActor, null)
    expect((await store.read(place))?.retryInMs).to.equal(0)
    expect((await store.read(other.place))?.retryInMs).to.be.above(200_000)
    expect(await gateOf(place.tenantId)).to.deep.include({ breaker: 'half_open' })
    expect(await gateOf(other.place.tenantId)).to.deep.include({ breaker: 'open' })
  })

  it('finds across tenants what is due and nobody is at, and puts off what is gone', async () => {
    const { store, place } = await setup()
    const due = async () =>
      (await opened.database.stores.credentials.due(100)).map(({ tenantId }) => tenantId)
    await store.put(place, 0, newTokens(), testActor, null)
    expect(await due()).to.not.include(place.tenantId)
    await store.save(place, 1, newTokens({ refreshInMs: -1 }))
    expect(await due()).to.include(place.tenantId)
    const lease = { version: 2, owner: randomUUID() }
    await store.lease(place, { ...lease, binding: 'b', leaseMs: 30_000 })
    expect(await due()).to.not.include(place.tenantId)
    await store.backOff(place, lease, { ...refused, shutsGate: false }, 0)
    expect(await due()).to.include(place.tenantId)
    await opened.database.stores.credentials.postpone(place, 60_000)
    expect(await due()).to.not.include(place.tenantId)
    await store.save(place, 2, newTokens({ refreshInMs: -1, renewable: false }))
    expect(await due(), 'nothing renews it').to.not.include(place.tenantId)
  })

  it('shows no tenant what another has, and writes who logged in without a token', async () => {
    const { store, place } = await setup()
    const other = await setup()
    await store.put(place, 0, newTokens(), testActor, 'first login')
    expect(await store.read({ ...place, tenantId: other.place.tenantId })).to.equal(null)
    expect(await store.list(other.place.tenantId)).to.deep.equal([])
    expect(await store.list(place.tenantId)).to.have.length(1)
    const [row] = await querySuperuser<Record<string, unknown>>(
      opened.test,
      `select actor, action, target, reason, after from audit_log where tenant_id = $1 and action = 'credential.login'`,
      [place.tenantId],
    )
    expect(row).to.deep.equal({
      actor: 'local:test',
      action: 'credential.login',
      target: 'credential/default/ghl',
      reason: 'first login',
      after: { version: 1, scopes: ['a', 'b'], renewable: true },
    })
  })

  it('tells the watch of logins that failed, that fail for long, and that end soon', async () => {
    const failedOne = await failedPlace()
    const ending = await setup()
    await ending.store.put(ending.place, 0, newTokens({ refreshExpiresInMs: 86_400_000 }), testActor, null)
    const unrenewed = await setup()
    await unrenewed.store.put(unrenewed.place, 0, newTokens({ renewable: false }), testActor, null)
    const well = await setup()
    await well.store.put(well.place, 0, newTokens({ refreshExpiresInMs: 90 * 86_400_000 }), testActor, null)
    const failing = await setup()
    const lease = { version: 0, owner: randomUUID() }
    await failing.store.lease(failing.place, { ...lease, binding: 'b', leaseMs: 1_000 })
    await failing.store.backOff(failing.place, lease, { ...refused, shutsGate: false }, 1_000)
    const states = async () => {
      const { credentials } = await opened.database.stores.installation.facts(watchThresholds)
      return (setting: { place: { tenantId: string } }) =>
        credentials.filter(({ tenantId }) => tenantId === setting.place.tenantId).map(({ state }) => state)
    }
    const first = await states()
    expect([failedOne, ending, unrenewed, well, failing].map(first)).to.deep.equal([
      ['failed'],
      ['ending'],
      ['ending'],
      [],
      [],
    ])
    await querySuperuser(
      opened.test,
      `update integration_credential set failed_at = now() - interval '6 minutes' where tenant_id = $1`,
      [failing.place.tenantId],
    )
    expect((await states())(failing)).to.deep.equal(['failing'])
  })
})
