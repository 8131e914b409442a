import { expect } from 'chai'
import { correlateReceipts } from '../../../../../src/adapters/connectors/webhooks/receipts/correlate-receipts.ts'
import type { Command } from '../../../../../src/messaging/commands/command.ts'
import type { JsonValue } from '../../../../../src/kernel/json.ts'
import { toIncoming } from '../../../../../src/messaging/intake/event-draft.ts'
import { querySuperuser } from '../../../../support/database.ts'
import { all, claimSome, leadCommand } from '../../../../support/stores/queue.ts'
import { createTenant } from '../../../../support/stores/tenants.ts'
import { openTestQueue } from '../../../../support/stores/test-queue.ts'
import type { TestQueue } from '../../../../support/stores/test-queue.ts'

describe('messages that commands sent, on Postgres', () => {
  let opened: TestQueue
  before(async () => {
    opened = await openTestQueue()
  })
  after(async () => opened.close())
  beforeEach(async () => opened.reset())
  const newTenant = async (): Promise<string> => (await createTenant(opened.database)).id
  const messages = () => opened.database.stores.sentMessages

  async function succeed(command: Command, result: JsonValue): Promise<void> {
    const { commands } = opened.database.stores
    await opened.enqueue(command)
    const leased = (await claimSome(commands, 50)).filter(({ command: { id } }) => id === command.id)
    await commands.settle(all(leased, { state: 'succeeded', result, durationMs: 1 }))
  }

  it('are found by the id that the vendor gave, of their tenant and integration only', async () => {
    const [one, other] = [await newTenant(), await newTenant()]
    const sent = leadCommand(one, 'ada', { integration: 'sms', instanceId: null })
    await succeed(sent, { message_id: 'SM1', more: true })
    const found = await messages().find(one, 'sms', ['SM1', 'SM2'])
    expect([...found]).to.deep.equal([
      [
        'SM1',
        {
          commandId: sent.id,
          workspace: 'default',
          entityKey: 'default/lead/ada',
          correlationId: sent.correlationId,
          instanceId: null,
          operation: 'hit',
          cause: 'RuleSet/test#rule',
        },
      ],
    ])
    expect([...(await messages().find(one, 'mail', ['SM1']))]).to.deep.equal([])
    expect([...(await messages().find(other, 'sms', ['SM1']))]).to.deep.equal([])
    expect([...(await messages().find(one, 'sms', []))]).to.deep.equal([])
  })

  it('keep the first command of an id; results without one, or with what is none, leave nothing', async () => {
    const tenant = await newTenant()
    const [first, second] = [leadCommand(tenant, 'a'), leadCommand(tenant, 'b')]
    await succeed(first, { message_id: 'M' })
    await succeed(second, { message_id: 'M' })
    expect((await messages().find(tenant, 'sink', ['M'])).get('M')?.commandId).to.equal(first.id)
    for (const result of [
      null,
      'M',
      ['M'],
      {},
      { message_id: 7 },
      { message_id: '' },
      { message_id: 'x'.repeat(256) },
    ])
      await succeed(leadCommand(tenant, 'c'), result)
    const rows = await querySuperuser(opened.test, 'select from sent_message where tenant_id = $1', [tenant])
    expect(rows).to.have.length(1)
  })

  it('go with their commands when these are old', async () => {
    const tenant = await newTenant()
    await succeed(leadCommand(tenant, 'a'), { message_id: 'M' })
    await querySuperuser(opened.test, `update command_outcome set ended_at = now() - interval '90 days'`)
    await opened.database.stores.retention.deleteEnded(1_000, 100)
    expect([...(await messages().find(tenant, 'sink', ['M']))]).to.deep.equal([])
    expect(
      await querySuperuser(opened.test, 'select from sent_message where tenant_id = $1', [tenant]),
    ).to.deep.equal([])
  })

  it('make of a receipt an event about whom the message was for, also when it comes before the answer is stored', async () => {
    const tenant = await newTenant()
    const sent = leadCommand(tenant, 'ada', { integration: 'sms' })
    const incoming = toIncoming(
      {
        source: 'integration/sms',
        externalId: 'SM1:delivered',
        type: 'message.delivered',
        subject: { kind: 'integration', id: 'sms' },
        time: null,
        data: { message_id: 'SM1' },
        correlationId: null,
      },
      { tenantId: tenant, workspace: 'other', now: new Date(), horizonMs: 1, onConflict: 'dead_letter' },
    )
    const request = { tenantId: tenant, events: [incoming], deadLetters: [] }
    const translated = { request, receipts: [{ at: 0, messageId: 'SM1' }] }
    let waits = 0
    const options = {
      messages: messages(),
      integration: 'sms',
      sleep: async () => {
        waits += 1
        if (waits === 1) await succeed(sent, { message_id: 'SM1' })
      },
    }
    const [found] = (await correlateReceipts(translated, options)).events
    expect(waits).to.equal(1)
    expect(found?.digest).to.equal(incoming.digest)
    expect(found?.event).to.deep.include({
      workspace: 'default',
      subject: { kind: 'lead', id: 'ada' },
      correlationId: sent.correlationId,
    })
    expect(found?.event.data).to.deep.equal({
      message_id: 'SM1',
      commandId: sent.id,
      operation: 'hit',
      cause: sent.cause,
    })
    const stranger = { ...translated, receipts: [{ at: 0, messageId: 'nobody-s' }] }
    expect((await correlateReceipts(stranger, options)).events).to.deep.equal([incoming])
    expect(waits).to.equal(3)
  })
})
