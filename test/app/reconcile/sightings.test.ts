import { expect } from 'chai'
import { compileIntegration } from '../../../src/adapters/connectors/compile-integrations.ts'
import type { Database } from '../../../src/adapters/postgres/database.ts'
import { newId } from '../../../src/kernel/ids.ts'
import type { JsonObject } from '../../../src/kernel/json.ts'
import { openTestDatabase } from '../../support/database.ts'
import { createTenant } from '../../support/stores/tenants.ts'
import { ghlSpec, ReconcileHarness } from './reconcile-harness.ts'

const ago = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString()

/** A contact as the vendor shows it, added long ago. */
const contact = (changedAt: string, more: JsonObject = {}): JsonObject => ({
  ...{ id: 'c1', firstName: 'Ada', email: 'ada@example.com', tags: ['a'], dnd: false },
  ...{ dateAdded: ago(10_000), dateUpdated: changedAt, ...more },
})

/** Its webhook. */
const told = (type: string, { dateUpdated, ...shown }: JsonObject, sentAt = dateUpdated): JsonObject => ({
  ...shown,
  ...{ type, locationId: 'loc-1', timestamp: sentAt ?? null, webhookId: newId() },
})

const message = (id: string, minutes: number): JsonObject => ({
  ...{ id, contactId: 'c1', conversationId: 'talk', body: 'yes', direction: 'inbound' },
  ...{ messageType: 'TYPE_SMS', dateAdded: ago(minutes) },
})

const messageHook = ({ id, messageType: _type, ...rest }: JsonObject): JsonObject => ({
  ...rest,
  ...{ type: 'InboundMessage', messageType: 'SMS', messageId: id ?? null, locationId: 'loc-1' },
  ...{ timestamp: rest['dateAdded'] ?? null, webhookId: newId() },
})

describe('what is no repeat of what a poll or a webhook told', function () {
  this.timeout(120_000)
  let database: Database
  let close: () => Promise<void>
  let vendor: ReconcileHarness

  before(async () => ({ database, close } = await openTestDatabase()))
  after(async () => await close())
  beforeEach(async () => {
    vendor = new ReconcileHarness(database, (await createTenant(database)).id)
    await vendor.sync()
  })

  const types = async (): Promise<readonly string[]> =>
    (await vendor.events()).map(({ type }) => type).toSorted()
  const messageIds = async (): Promise<readonly string[]> =>
    (await vendor.events()).map(({ data }) => String(data['message_id'])).toSorted()

  it('tags and do-not-disturb, of which a poll that was faster says only that something changed', async () => {
    const shown = contact(ago(1))
    vendor.contacts.set('c1', shown)
    await vendor.poll()
    for (const type of ['ContactTagUpdate', 'ContactDndUpdate', 'ContactUpdate'])
      await vendor.deliver(told(type, shown))
    expect(await types()).to.deep.equal(['contact.dnd_changed', 'contact.tags_changed', 'contact.updated'])
  })

  it('a webhook that says do not disturb, and nothing else that is new', async () => {
    const shown = contact(ago(2))
    vendor.contacts.set('c1', shown)
    await vendor.poll()
    await vendor.deliver(told('ContactUpdate', { ...shown, dnd: true }, ago(1)))
    expect((await vendor.events()).map(({ data }) => data['dnd'])).to.have.members([false, true])
  })

  it('a lost do-not-disturb, a minute after a webhook that said all the rest', async () => {
    await vendor.deliver(told('ContactUpdate', contact(ago(2))))
    vendor.contacts.set('c1', contact(ago(1), { dnd: true }))
    await vendor.poll()
    expect((await vendor.events()).map(({ data }) => data['dnd'])).to.have.members([false, true])
  })

  it('a webhook of hours later, whose change is in nothing that is compared', async () => {
    const shown = contact(ago(300))
    vendor.contacts.set('c1', shown)
    await vendor.poll('contacts', false, ago(400))
    await vendor.deliver(told('ContactUpdate', { ...shown, timezone: 'Europe/Berlin' }, ago(1)))
    expect(await types()).to.deep.equal(['contact.updated', 'contact.updated'])
  })

  it('a contact that is new, though something else was told of it', async () => {
    vendor.contacts.set('c1', contact(ago(2), { dateAdded: ago(2) }))
    await vendor.deliver(told('Contact', contact(ago(1), { dateAdded: ago(2) })))
    await vendor.poll()
    expect(await types()).to.deep.equal(['contact.changed', 'contact.created'])
  })

  it('a change of a contact that was new a while before, when both are read at once', async () => {
    vendor.contacts.set('c1', contact(ago(1), { dateAdded: ago(5) }))
    await vendor.poll()
    expect(await types()).to.deep.equal(['contact.created', 'contact.updated'])
  })

  it('a change there and back, and there again', async () => {
    const [there, back, again] = [contact(ago(5), { firstName: 'B' }), contact(ago(4)), ago(3)]
    vendor.contacts.set('c1', there)
    await vendor.poll()
    await vendor.deliver(told('ContactUpdate', back))
    await vendor.deliver(told('ContactUpdate', there, again))
    expect((await vendor.events()).map(({ data }) => data['first_name']).toSorted()).to.deep.equal([
      'Ada',
      'B',
      'B',
    ])
  })

  const namesInTime = async (): Promise<readonly unknown[]> =>
    (await vendor.events())
      .toSorted((one, other) => (one.time < other.time ? -1 : 1))
      .map(({ data }) => data['first_name'])

  it('a change back, read before the webhook of the change there came', async () => {
    const [before, there, back] = [contact(ago(5)), contact(ago(4), { firstName: 'B' }), contact(ago(3))]
    await vendor.deliver(told('ContactUpdate', before))
    vendor.contacts.set('c1', back)
    await vendor.poll()
    await vendor.deliver(told('ContactUpdate', there))
    await vendor.poll()
    expect(await namesInTime()).to.deep.equal(['Ada', 'B', 'Ada'])
    await vendor.deliver(told('ContactUpdate', back))
    expect(await namesInTime()).to.have.length(3)
  })

  it('a change there and back, its webhooks in the wrong order after the read of what was before', async () => {
    const [before, there, back] = [contact(ago(5)), contact(ago(4), { firstName: 'B' }), contact(ago(3))]
    vendor.contacts.set('c1', before)
    await vendor.poll()
    vendor.contacts.set('c1', back)
    for (const one of [back, before, there]) await vendor.deliver(told('ContactUpdate', one))
    await vendor.poll()
    expect(await namesInTime()).to.deep.equal(['Ada', 'B', 'Ada'])
  })

  it('what another contact says in the same words', async () => {
    const shown = contact(ago(1))
    vendor.contacts.set('c1', shown)
    vendor.contacts.set('c2', { ...shown, id: 'c2' })
    await vendor.deliver(told('ContactUpdate', shown))
    await vendor.poll()
    expect((await vendor.events()).map(({ subject }) => subject).toSorted()).to.deep.equal([
      'lead/c1',
      'lead/c2',
    ])
  })

  it('a second yes of the same minute, whichever of both was lost', async () => {
    const [first, second] = [message('m1', 2), message('m2', 1.9)]
    vendor.messages.push(first, second)
    await vendor.deliver(messageHook(first))
    await vendor.poll('messages')
    await vendor.deliver(messageHook(second))
    expect(await messageIds()).to.deep.equal(['m1', 'm2'])
  })

  it('one of two webhooks that come at one moment after the read of one change', async () => {
    const shown = contact(ago(1))
    vendor.contacts.set('c1', shown)
    await vendor.poll()
    await Promise.all(Array.from({ length: 8 }, async () => vendor.deliver(told('ContactUpdate', shown))))
    expect(await types()).to.have.length(8)
  })

  it('but a message that is read again after hundreds of others is', async () => {
    const all = Array.from({ length: 320 }, (_, at) => message(`m${at}`, 400 - at))
    for (const one of all) await vendor.deliver(messageHook(one))
    vendor.messages.push(...all)
    const outcome = await vendor.poll('messages', false, ago(500))
    expect(outcome?.end).to.include({ found: 320, missed: 0 })
  })

  it('is not asked of what no poll reads', () => {
    const sightings = [{}, { reconcile: undefined }].map((more) => {
      const { webhooks } = compileIntegration({ ...ghlSpec, ...more })
      const context = { tenantId: newId(), workspace: 'default', now: new Date() }
      const translated = webhooks?.translateStored(
        { payload: told('ContactUpdate', contact(ago(1))) },
        context,
      )
      return translated?.request.events.map(({ sighting }) => sighting !== undefined)
    })
    expect(sightings).to.deep.equal([[true], [false]])
  })
})
