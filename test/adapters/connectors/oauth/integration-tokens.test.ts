import { expect } from 'chai'
import { setTimeout as sleep } from 'node:timers/promises'
import type {
  AuthorizationCodeAuth,
  TokenAuth,
} from '../../../../src/adapters/connectors/definition/auth-definition.ts'
import type { CredentialStore } from '../../../../src/platform/credentials/credential-store.ts'
import { eventually } from '../../../support/eventually.ts'
import { querySuperuser } from '../../../support/database.ts'
import { never, readsOf, tokenRig, tokenWorld } from './token-world.ts'

describe('access tokens, on Postgres and against a vendor on loopback', () => {
  const rig = tokenRig()

  const setup = async (over: Record<string, unknown> = {}) => await tokenWorld(rig, over)

  it('are there after a login, stored sealed, and never asked for again while they are good', async () => {
    await using world = await setup()
    const result = await world.login()
    expect(result).to.deep.include({ renewable: true, scopes: ['contacts.write', 'messages.write'] })
    const { get } = world.daemon()
    const first = await get()
    expect(first).to.deep.include({ state: 'token', version: 1 })
    expect(await get()).to.deep.equal(first)
    expect(world.server.requests).to.have.length(1)
    const rows = await querySuperuser<Record<string, unknown>>(
      rig.opened.test,
      `select row_to_json(c)::text as row, encode(ciphertext, 'escape') as sealed from integration_credential c where tenant_id = $1`,
      [world.place.tenantId],
    )
    for (const secret of world.server.secrets) expect(JSON.stringify(rows)).to.not.contain(secret)
  })

  it('are refreshed by one of many daemons, once', async () => {
    await using world = await setup()
    await world.login()
    await world.expire()
    world.server.troubles.push({ slowMs: 300 })
    const daemons = Array.from({ length: 6 }, () => world.daemon())
    const answers = await Promise.all(daemons.flatMap(({ get }) => [get(), get(), get()]))
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).to.equal(1)
    expect(answers[0]).to.deep.include({ state: 'token', version: 2 })
    expect(world.server.requests).to.have.length(2)
    expect(world.server.live).to.not.equal(null)
  })

  it('are refreshed ahead while callers go on with the old one', async () => {
    await using world = await setup()
    world.server.expiresIn = 90
    await world.login()
    await querySuperuser(
      rig.opened.test,
      `update integration_credential set refresh_at = now() where tenant_id = $1`,
      [world.place.tenantId],
    )
    world.server.troubles.push({ slowMs: 200 })
    const { get, tokens } = world.daemon()
    expect(await get()).to.deep.include({ state: 'token', version: 1 })
    await tokens.close()
    expect(await get()).to.deep.include({ state: 'token', version: 2 })
  })

  it('that the vendor refuses are got anew, once for all who hear of it', async () => {
    await using world = await setup()
    await world.login()
    const [one, two] = [world.daemon(), world.daemon()]
    await Promise.all([one.get(), two.get()])
    await Promise.all([one.tokens.invalidate(world.place, 1), two.tokens.invalidate(world.place, 1)])
    expect(await Promise.all([one.get(), two.get()])).to.satisfy((answers: { version: number }[]) =>
      answers.every(({ version }) => version === 2),
    )
    // Late news of the old one changes nothing.
    await one.tokens.invalidate(world.place, 1)
    expect(await one.get()).to.deep.include({ version: 2 })
    expect(world.server.requests).to.have.length(2)
  })

  it('that the vendor refuses come back to nobody who reads while that is being written down', async () => {
    await using world = await setup()
    await world.login()
    let written: () => void = () => {}
    const late = {
      ...readsOf(world.store),
      markStale: async (...given: Parameters<CredentialStore['markStale']>) => {
        await new Promise<void>((resolve) => (written = resolve))
        await world.store.markStale(...given)
      },
    }
    const { tokens, get } = world.daemon({ store: late })
    expect(await get()).to.deep.include({ version: 1 })
    const invalidated = tokens.invalidate(world.place, 1)
    expect(await get()).to.deep.include({ version: 2 })
    written()
    await invalidated
    expect(await get()).to.deep.include({ version: 2 })
  })

  it('that were read before the vendor refused them are read again', async () => {
    await using world = await setup()
    await world.login()
    let goOn: () => void = () => {}
    let reads = 0
    const slow = {
      ...readsOf(world.store),
      read: async (...given: Parameters<CredentialStore['read']>) => {
        const row = await world.store.read(...given)
        reads += 1
        if (reads === 1) await new Promise<void>((resolve) => (goOn = resolve))
        return row
      },
    }
    const { tokens, get } = world.daemon({ store: slow })
    const answer = get()
    await eventually(() => expect(reads).to.equal(1))
    await tokens.invalidate(world.place, 1)
    goOn()
    expect(await answer).to.deep.include({ version: 2 })
    expect(await get()).to.deep.include({ version: 2 })
  })

  it('are not shown to another client or endpoint of the same place, cached or under way', async () => {
    await using world = await setup()
    await world.login()
    const { tokens, get } = world.daemon()
    // The same for all: what is kept by it must not pass for another's.
    const connection = {}
    const as = async (auth: TokenAuth, id: string) =>
      await tokens.get(world.place, auth, { ...world.credentials, id }, connection, never)
    const elsewhere = { ...world.auth, tokenUrl: 'https://other.example/token' } as TokenAuth
    const [mine, another] = await Promise.all([get(), as(world.auth, 'another')])
    expect(mine).to.deep.include({ version: 1 })
    expect(another).to.deep.include({ code: 'NX-AUTH-LOGIN' })
    expect(await as(world.auth, 'client')).to.deep.equal(mine)
    expect(await as(world.auth, 'another')).to.deep.include({ code: 'NX-AUTH-LOGIN' })
    expect(await as(elsewhere, 'client')).to.deep.include({ code: 'NX-AUTH-LOGIN' })
    expect(await get()).to.deep.equal(mine)
  })

  it('need a login where there was none, or where the client changed', async () => {
    await using world = await setup()
    expect(await world.daemon().get()).to.deep.include({ state: 'refused', code: 'NX-AUTH-LOGIN' })
    await world.login()
    const other = { ...world.auth, tokenUrl: 'https://attacker.example/token' } as AuthorizationCodeAuth
    const { tokens } = world.daemon()
    expect(await tokens.get(world.place, other, world.credentials, {}, never)).to.deep.include({
      code: 'NX-AUTH-LOGIN',
    })
    expect(
      await tokens.get(world.place, world.auth, { ...world.credentials, id: 'another' }, {}, never),
    ).to.deep.include({
      code: 'NX-AUTH-LOGIN',
    })
  })

  it('fail for good when the vendor took the consent back, shut the gate, and come back with a login', async () => {
    await using world = await setup()
    await world.login()
    await world.expire()
    world.server.revoke()
    const { get } = world.daemon()
    const answer = await get()
    expect(answer).to.deep.include({ state: 'refused', code: 'NX-AUTH-REFUSED' })
    expect(JSON.stringify([answer, world.logged])).to.contain('invalid_grant')
    for (const secret of [...world.server.secrets, world.credentials.secret])
      expect(
        JSON.stringify([answer, world.logged, await world.store.list(world.place.tenantId)]),
      ).to.not.contain(secret)
    expect(await get()).to.deep.include({ code: 'NX-AUTH-REFUSED' })
    expect(world.server.requests, 'a refused token is not shown again').to.have.length(2)
    const [gate] = await querySuperuser(
      rig.opened.test,
      'select breaker, reason from dispatch_gate where tenant_id = $1',
      [world.place.tenantId],
    )
    expect(gate).to.deep.equal({ breaker: 'open', reason: 'NX-AUTH-REFUSED' })
    await world.login()
    expect((await get()).state).to.equal('token')
  })

  it('say, when a refresh failed after one without an answer, that this may be why', async () => {
    await using world = await setup()
    await world.login()
    await world.expire()
    world.server.troubles.push('lost')
    const { get } = world.daemon()
    expect(await get()).to.deep.include({ state: 'unavailable', code: 'NX-AUTH-UNREACHABLE' })
    await sleep(1_300)
    const answer = await get()
    expect(answer).to.deep.include({ state: 'refused', code: 'NX-AUTH-REFUSED' })
    expect((answer as { message: string }).message).to.contain('an earlier refresh got no answer')
  })

  it('wait as long as a busy token endpoint asks, and use what is still good meanwhile', async () => {
    await using world = await setup()
    await world.login()
    await querySuperuser(
      rig.opened.test,
      `update integration_credential set refresh_at = now() where tenant_id = $1`,
      [world.place.tenantId],
    )
    world.server.troubles.push({ status: 429, headers: { 'retry-after': '60' } })
    const { get, tokens } = world.daemon({ cacheMs: 0 })
    await get()
    await tokens.close()
    expect(await get()).to.deep.include({ state: 'token', version: 1 })
    await tokens.close()
    expect(world.server.requests).to.have.length(2)
    await world.expire()
    const answer = await get()
    expect(answer).to.deep.include({ state: 'unavailable', code: 'NX-AUTH-BUSY' })
    expect((answer as { retryAfterMs: number }).retryAfterMs).to.be.within(50_000, 60_000)
  })

  it('of machines are got with the first call, and again with changed scopes', async () => {
    await using world = await setup({ grant: 'client_credentials', skewMs: 60_000 })
    const { tokens, get } = world.daemon({ cacheMs: 0 })
    expect(await get()).to.deep.include({ state: 'token', version: 1 })
    expect(await get()).to.deep.include({ version: 1 })
    const wider = { ...world.auth, scopes: ['more'] } as TokenAuth
    expect(await tokens.get(world.place, wider, world.credentials, {}, never)).to.deep.include({ version: 2 })
  })

  it('do not end sooner or later on a machine whose clock is wrong', async () => {
    await using world = await setup()
    await world.login()
    for (const year of [1990, 2090]) {
      const clock = { now: () => new Date(Date.UTC(year, 0)), monotonicMs: () => performance.now() }
      const { get, tokens } = world.daemon({ clock })
      expect(await get()).to.deep.include({ state: 'token', version: 1 })
      await tokens.close()
    }
    expect(world.server.requests).to.have.length(1)
  })

  it('that live shorter than their skew are not refreshed with every call', async () => {
    await using world = await setup({ grant: 'client_credentials', skewMs: 600_000 })
    world.server.expiresIn = 60
    const { get, tokens } = world.daemon({ cacheMs: 0 })
    for (let call = 0; call < 4; call += 1) await get()
    await tokens.close()
    expect(world.server.requests).to.have.length(1)
  })

  it('refuse to wait longer than the caller may', async () => {
    await using world = await setup()
    await world.login()
    await world.expire()
    world.server.troubles.push({ slowMs: 400 })
    const { tokens } = world.daemon()
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 50)
    const answer = await tokens.get(world.place, world.auth, world.credentials, {}, stop.signal)
    expect(answer).to.deep.include({ state: 'unavailable', code: 'NX-CALL-STOPPED' })
    await tokens.close()
    expect((await world.store.read(world.place))?.version, 'what was under way is stored').to.equal(2)
  })

  it('are not given for a code that is over, and the error shows neither code nor verifier', async () => {
    await using world = await setup()
    const consent = world.server.consent.bind(world.server)
    world.server.consent = (url) => {
      const back = consent(url)
      world.server.expireCodes()
      return back
    }
    const failed = await world.login().catch((error: Error) => error)
    expect(failed).to.include({ code: 'NX-AUTH-REFUSED' })
    const { params } = world.server.requests[0]!
    for (const name of ['code', 'code_verifier', 'client_secret'])
      expect(JSON.stringify({ ...failed, message: (failed as Error).message })).to.not.contain(
        params.get(name),
      )
  })
})
