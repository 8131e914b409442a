import { expect } from 'chai'
import { setTimeout as sleep } from 'node:timers/promises'
import { querySuperuser } from '../../../support/database.ts'
import { never, readsOf, tokenRig, tokenWorld } from './token-world.ts'

describe('a daemon that stops with access tokens', () => {
  const rig = tokenRig()

  it('loses none that it begins to refresh meanwhile', async () => {
    await using world = await tokenWorld(rig)
    await world.login()
    await querySuperuser(
      rig.opened.test,
      `update integration_credential set refresh_at = now() where tenant_id = $1`,
      [world.place.tenantId],
    )
    world.server.troubles.push({ slowMs: 900 })
    const store = readsOf(world.store)
    let reads = 0
    const read: typeof store.read = async (...given) => {
      if (reads++ === 0) await sleep(400)
      return await store.read(...given)
    }
    const { get, tokens } = world.daemon({ store: { ...store, read } })
    const { place, auth, credentials } = world
    const other = tokens.get(place, auth, { ...credentials, id: 'another-client' }, {}, never)
    const stopped = tokens.close()
    expect(await get(), 'calls are still being ended').to.deep.include({ state: 'token', version: 1 })
    expect(await other).to.include({ state: 'refused' })
    await stopped
    expect(await world.daemon().get()).to.deep.include({ state: 'token', version: 2 })
    expect(world.server.requests).to.have.length(2)
  })
})
