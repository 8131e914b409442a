import { expect } from 'chai'
import type { Database } from '../../../../src/adapters/postgres/database.ts'
import { newId } from '../../../../src/kernel/ids.ts'
import { openTestDatabase, querySuperuser } from '../../../support/database.ts'
import type { TestDatabase } from '../../../support/database.ts'

describe('PostgresEventStarts', () => {
  let opened: { database: Database; test: TestDatabase; close(): Promise<void> }
  before(async () => {
    opened = await openTestDatabase()
  })
  after(async () => opened.close())

  const event = () => ({ id: newId(), tenantId: newId() })

  it('counts the processes that began an event and did not end it, each once, and not the one that asks', async () => {
    const { eventStarts } = opened.database.stores
    const [a, b] = [event(), event()]
    await eventStarts.begin([a, b], 'one')
    await eventStarts.begin([a], 'one')
    await eventStarts.begin([a], 'two')
    expect([...(await eventStarts.deaths([a, b, event()], 'three'))]).to.have.deep.members([
      [a.id, 2],
      [b.id, 1],
    ])
    expect([...(await eventStarts.deaths([a, b], 'two'))]).to.have.deep.members([
      [a.id, 1],
      [b.id, 1],
    ])
    expect([...(await eventStarts.deaths([b], 'one'))]).to.deep.equal([])
  })

  it('knows nothing of an event that was ended', async () => {
    const { eventStarts } = opened.database.stores
    const [a, b] = [event(), event()]
    await eventStarts.begin([a, b], 'one')
    await eventStarts.end([a])
    expect([...(await eventStarts.deaths([a, b], 'two'))]).to.deep.equal([[b.id, 1]])
  })

  it('forgets what nobody asked about for a day', async () => {
    const { eventStarts } = opened.database.stores
    const [old, young] = [event(), event()]
    await eventStarts.begin([old, young], 'one')
    await querySuperuser(
      opened.test,
      `update event_start set at = now() - interval '25 hours' where event_id = $1`,
      [old.id],
    )
    expect(await opened.database.forgetEventStarts()).to.equal(1)
    expect([...(await eventStarts.deaths([old, young], 'two'))]).to.deep.equal([[young.id, 1]])
  })
})
