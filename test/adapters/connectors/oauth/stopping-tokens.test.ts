import { expect } from 'chai'
import { setTimeout as sleep } from 'node:timers/promises'
import { OutgoingClient } from '../../../../src/adapters/http/outgoing-client.ts'
import type { Database } from '../../../../src/adapters/postgres/database.ts'
import { openTestDatabase, querySuperuser } from '../../../support/database.ts'
import type { TestDatabase } from '../../../support/database.ts'
import { never, readsOf, tokenWorld } from './token-world.ts'

describe('a daemon that stops with access tokens', () => {
  let opened: { database: Database; test: TestDatabase; close(): Promise<void> }
  let client: OutgoingClient
  before(async () => {
    opened = await openTestDatabase()
    client = new OutgoingClient({ allowPrivate: true })
  })
  after(async () => {
    await client[Symbol.asyncDispose]()
    await opened.close()
  })

  it('loses none that it begins to refresh meanwhile', async () => {
    await using world = await tokenWorld({ opened, client })
    await world.login()
    await querySuperuser(
      opened.test,
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
