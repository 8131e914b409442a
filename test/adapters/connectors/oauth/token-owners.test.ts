import { expect } from 'chai'
import type { JsonObject } from '../../../../src/kernel/json.ts'
import { never, tokenRig, tokenWorld } from './token-world.ts'

describe('access tokens and whom they are for', () => {
  const rig = tokenRig()

  const setup = async () => await tokenWorld(rig, { capture: { locationId: 'locationId' } })

  it('of another account than the connection names are not stored', async () => {
    await using world = await setup()
    world.server.extra = { locationId: 'somebody-elses' }
    const failed = await world.login({ locationId: 'ours' }).catch((error: unknown) => error)
    expect(failed).to.include({ code: 'NX-AUTH-ACCOUNT' })
    expect(await world.store.read(world.place)).to.equal(null)
  })

  it('of another account are given to nobody, cached or not, until there are those of that account', async () => {
    await using world = await setup()
    world.server.extra = { locationId: 'L1' }
    await world.login({ locationId: 'L1' })
    const { tokens } = world.daemon()
    const as = async (connection: JsonObject) =>
      await tokens.get(world.place, world.auth, world.credentials, connection, never)
    for (const when of ['read', 'cached']) {
      const refused = await as({ locationId: 'L2' })
      expect(refused, when).to.deep.include({ state: 'refused', code: 'NX-AUTH-ACCOUNT' })
      for (const connection of [{ locationId: 'L1' }, {}])
        expect(await as(connection)).to.deep.include({ version: 1, connection: { locationId: 'L1' } })
    }
    world.server.extra = { locationId: 'L2' }
    await world.login({ locationId: 'L2' })
    const named = { version: 2, connection: { locationId: 'L2' } }
    expect(await as({ locationId: 'L2' }), 'while the one of before is cached').to.deep.include(named)
    expect(await as({ locationId: 'L1' })).to.deep.include({ code: 'NX-AUTH-ACCOUNT' })
  })

  it('that are due are refreshed unasked; what only a login helps is told apart, and nothing is shown', async () => {
    await using world = await setup()
    const { tokens } = world.daemon()
    const renew = async (id = 'client') =>
      await tokens.renew(world.place, world.auth, { ...world.credentials, id }, {})
    expect(await renew(), 'nobody has logged in').to.equal(false)
    await world.login()
    await world.expire()
    expect(await renew('another')).to.equal(false)
    expect(world.server.requests).to.have.length(1)
    expect(await renew()).to.equal(true)
    expect(world.server.requests).to.have.length(2)
    world.server.troubles.push({ status: 503 })
    await world.expire()
    expect(await renew(), 'it was tried').to.equal(true)
    expect(await renew(), 'it waits for the next try').to.equal(true)
    expect(world.server.requests).to.have.length(3)
  })
})
