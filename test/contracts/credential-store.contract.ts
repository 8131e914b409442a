import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import type { CredentialPlace } from '../../src/platform/credentials/credential.ts'
import type { CredentialStore, NewTokens } from '../../src/platform/credentials/credential-store.ts'
import { testActor } from '../support/stores/tenants.ts'

export interface CredentialStoreSetup {
  readonly store: CredentialStore
  readonly place: CredentialPlace
  /** Lets so much time pass for the store. */
  pass(ms: number): Promise<void>
}

export function newTokens(over: Partial<NewTokens> = {}): NewTokens {
  return {
    binding: 'b',
    sealed: {
      ciphertext: Buffer.from('c'),
      nonce: Buffer.from('n'),
      tag: Buffer.from('t'),
      keyId: 'k',
      dataKeyId: randomUUID(),
    },
    scopes: ['a', 'b'],
    captured: { locationId: 'L1' },
    renewable: true,
    expiresInMs: 60_000,
    refreshInMs: 30_000,
    refreshExpiresInMs: null,
    ...over,
  }
}

const failed = { code: 'NX-AUTH-BUSY', message: 'It answered 503', unclear: true, shutsGate: false }

/** What every store of tokens does: on the fake and on Postgres. */
export function credentialStoreContract(title: string, setup: () => Promise<CredentialStoreSetup>): void {
  describe(`credential store: ${title}`, () => {
    const lease = (version: number, owner = randomUUID()) => ({
      version,
      owner,
      binding: 'b',
      leaseMs: 60_000,
    })

    it('knows nothing of a place at first, and keeps what is put there', async () => {
      const { store, place } = await setup()
      expect(await store.read(place)).to.equal(null)
      const tokens = newTokens()
      expect(await store.put(place, 0, tokens, testActor, 'why')).to.equal(true)
      const row = await store.read(place)
      expect(row).to.deep.include({
        ...{ version: 1, state: 'ready', binding: 'b', scopes: ['a', 'b'], renewable: true, stale: false },
        ...{ captured: { locationId: 'L1' }, leasedForMs: 0, retryInMs: 0, failure: null, attempts: 0 },
      })
      expect(row?.expiresInMs).to.be.within(50_000, 60_000)
      expect(row?.refreshInMs).to.be.within(20_000, 30_000)
      expect(row?.sealed?.dataKeyId).to.equal(tokens.sealed.dataKeyId)
    })

    it('takes a write for the present version only', async () => {
      const { store, place } = await setup()
      await store.put(place, 0, newTokens(), testActor, null)
      expect(await store.save(place, 0, newTokens())).to.equal(false)
      const [one, two] = await Promise.all([
        store.save(place, 1, newTokens()),
        store.save(place, 1, newTokens()),
      ])
      expect([one, two].toSorted()).to.deep.equal([false, true])
      expect((await store.read(place))?.version).to.equal(2)
    })

    it('gives the right to refresh to one, until its time is over; what was never ended is unclear', async () => {
      const { store, place, pass } = await setup()
      await store.put(place, 0, newTokens(), testActor, null)
      const won = await Promise.all([1, 2, 3].map(async () => await store.lease(place, lease(1))))
      expect(won.filter((row) => row !== null)).to.have.length(1)
      expect(won.find((row) => row !== null)).to.deep.include({ version: 1, unclear: false })
      expect((await store.read(place))?.leasedForMs).to.be.above(0)
      await pass(61_000)
      expect(await store.lease(place, lease(2))).to.equal(null)
      expect(await store.lease(place, lease(1))).to.deep.include({ unclear: true })
    })

    it('makes a place that has no row leasable, for one', async () => {
      const { store, place } = await setup()
      const won = await Promise.all([1, 2].map(async () => await store.lease(place, lease(0))))
      expect(won.filter((row) => row !== null)).to.have.length(1)
      expect(await store.read(place)).to.deep.include({ version: 0, state: 'empty', sealed: null })
      expect(await store.save(place, 0, newTokens())).to.equal(true)
      expect(await store.read(place)).to.deep.include({ version: 1, state: 'ready', leasedForMs: 0 })
    })

    it('keeps tokens that come after the lease ran out, unless others were faster', async () => {
      const { store, place, pass } = await setup()
      await store.put(place, 0, newTokens(), testActor, null)
      await store.lease(place, lease(1))
      await pass(61_000)
      const second = lease(1)
      await store.lease(place, second)
      expect(await store.fail(place, second, { ...failed, code: 'NX-AUTH-REFUSED' })).to.equal(true)
      expect(await store.save(place, 1, newTokens())).to.equal(true)
      expect(await store.read(place)).to.deep.include({
        version: 2,
        state: 'ready',
        failure: null,
        unclear: false,
      })
    })

    it('puts the next try off and remembers why, for the holder of the lease only', async () => {
      const { store, place } = await setup()
      await store.put(place, 0, newTokens(), testActor, null)
      const held = lease(1)
      await store.lease(place, held)
      await store.backOff(place, lease(1), failed, 10_000)
      expect((await store.read(place))?.failure).to.equal(null)
      await store.backOff(place, held, failed, 10_000)
      const row = await store.read(place)
      expect(row).to.deep.include({ state: 'ready', attempts: 1, leasedForMs: 0, unclear: true })
      expect(row?.retryInMs).to.be.within(5_000, 10_000)
      expect(row?.failure).to.include({ code: 'NX-AUTH-BUSY', message: 'It answered 503' })
      expect(await store.fail(place, held, failed)).to.equal(false)
    })

    it('forgets what is taken away; a refresh that was under way then stores nothing', async () => {
      const { store, place } = await setup()
      expect(await store.remove(place, testActor, null)).to.equal(false)
      await store.put(place, 0, newTokens(), testActor, null)
      await store.lease(place, lease(1))
      expect(await store.remove(place, testActor, 'the customer left')).to.equal(true)
      const gone = { state: 'empty', sealed: null, obtainedAt: null, leasedForMs: 0, renewable: false }
      expect(await store.read(place)).to.deep.include(gone)
      expect(await store.put(place, 2, newTokens({ scopes: ['new'] }), testActor, null)).to.equal(true)
      expect(await store.save(place, 1, newTokens()), 'also after the next login').to.equal(false)
      expect((await store.read(place))?.scopes).to.deep.equal(['new'])
      await store.remove(place, testActor, null)
      expect(await store.remove(place, testActor, null)).to.equal(false)
    })

    it('marks the token of the version that was refused, and no newer one', async () => {
      const { store, place } = await setup()
      await store.put(place, 0, newTokens(), testActor, null)
      await store.save(place, 1, newTokens())
      await store.markStale(place, 1)
      expect((await store.read(place))?.stale).to.equal(false)
      await store.markStale(place, 2)
      expect((await store.read(place))?.stale).to.equal(true)
      await store.save(place, 2, newTokens())
      expect((await store.read(place))?.stale).to.equal(false)
    })
  })
}
