import { expect } from 'chai'
import { ClearedCommand } from '../../../../../src/messaging/commands/cleared-command.ts'
import type { SendVerdict } from '../../../../../src/messaging/commands/cleared-command.ts'
import type { LeasedCommand } from '../../../../../src/messaging/commands/command.ts'
import type { PolicyGate } from '../../../../../src/sales-core/policies/policy-gate.ts'
import { querySuperuser } from '../../../../support/database.ts'
import { all, claimSome, inDoubt, retryIn, succeeded, vendorError } from '../../../../support/stores/queue.ts'
import { createTenant } from '../../../../support/stores/tenants.ts'
import { openTestQueue } from '../../../../support/stores/test-queue.ts'
import type { TestQueue } from '../../../../support/stores/test-queue.ts'
import { dayMs, policy } from '../../../../sales-core/policies/policy-setup.ts'
import { capOf, gateOver, leadFields, message } from './gate-setup.ts'

const page = { limit: 100, cursor: null }
const states = (verdicts: readonly SendVerdict[]) => verdicts.map(({ state }) => state)

describe('the policy gate on Postgres', () => {
  let opened: TestQueue
  before(async () => {
    opened = await openTestQueue()
  })
  after(async () => opened.close())
  beforeEach(async () => opened.reset())

  const newTenant = async (): Promise<string> => (await createTenant(opened.database)).id
  const queue = () => opened.database.stores.commands
  /** Claims everything that is due and has it judged. */
  const claimed = async (gate: PolicyGate, max = 50) => {
    const leased = await claimSome(queue(), max)
    return { leased, verdicts: await gate.judge(leased) }
  }
  /** Settles what the gate stopped as the dispatcher would. */
  const settleStopped = async (gate: PolicyGate, leased: readonly LeasedCommand[]) => {
    const passages = await ClearedCommand.passGate(gate, leased)
    await queue().settle(passages.flatMap((one) => (one.state === 'stopped' ? one.end : [])))
    return passages
  }
  const slots = async (tenantId: string): Promise<readonly string[]> => {
    const rows = await querySuperuser<{ command_id: string }>(
      opened.test,
      'select command_id from send_slot where tenant_id = $1 order by taken_at',
      [tenantId],
    )
    return rows.map((row) => row.command_id)
  }
  const expire = async () =>
    await querySuperuser(
      opened.test,
      `update command_lane set lease_until = now() - interval '1 s' where state = 'leased'`,
    )

  it('keeps two daemons that race to one cap, together', async () => {
    const tenantId = await newTenant()
    await opened.enqueue(...Array.from({ length: 12 }, () => message(tenantId, 'one')))
    const gates = Array.from({ length: 4 }, () => gateOver(opened, [capOf(3)]))
    const parts = await Promise.all(gates.map(async () => await claimSome(queue(), 3)))
    const rest = await claimSome(queue(), 12)
    const verdicts = await Promise.all(
      [...parts, rest].map(async (leased, index) => await gates[index % 4]!.judge(leased)),
    )
    const counted = states(verdicts.flat())
    expect(counted.filter((state) => state === 'allow')).to.have.length(3)
    expect(counted.filter((state) => state === 'defer')).to.have.length(9)
    expect(await slots(tenantId)).to.have.length(3)
  })

  it('counts every entity for itself', async () => {
    const tenantId = await newTenant()
    await opened.enqueue(message(tenantId, 'one'), message(tenantId, 'two'), message(tenantId, 'one'))
    const { verdicts } = await claimed(gateOver(opened, [capOf(1)]))
    expect(states(verdicts).toSorted()).to.deep.equal(['allow', 'allow', 'defer'])
  })

  it('gives the slot of a killed attempt to the next one of the same message, and to no other', async () => {
    const tenantId = await newTenant()
    const [first, other] = [message(tenantId, 'one'), message(tenantId, 'one')]
    await opened.enqueue(first)
    const gate = gateOver(opened, [capOf(1)])
    expect(states((await claimed(gate)).verdicts)).to.deep.equal(['allow'])
    await expire()
    expect(await queue().recoverExpired()).to.equal(1)
    await opened.enqueue(other)
    const { leased, verdicts } = await claimed(gate)
    const byId = new Map(leased.map(({ command }, index) => [command.id, verdicts[index]!]))
    expect(byId.get(first.id)).to.include({ state: 'allow', holdsSlot: true })
    expect(byId.get(other.id)).to.include({ state: 'defer' })
    expect(await slots(tenantId)).to.deep.equal([first.id])
  })

  it('takes no slot for an attempt whose lease is lost', async () => {
    const tenantId = await newTenant()
    await opened.enqueue(message(tenantId, 'one'))
    const late = await claimSome(queue())
    await expire()
    await queue().recoverExpired()
    const next = await claimSome(queue())
    const gate = gateOver(opened, [capOf(5)])
    expect(states(await gate.judge(late))).to.deep.equal(['lost'])
    expect(await slots(tenantId)).to.deep.equal([])
    expect(states(await gate.judge(next))).to.deep.equal(['allow'])
  })

  it('gives back the slot of what did not go out, and keeps that of what may have', async () => {
    const tenantId = await newTenant()
    const gate = gateOver(opened, [capOf(9)])
    const parked = message(tenantId, 'one')
    const refused = message(tenantId, 'one')
    const doubtful = message(tenantId, 'one')
    const sent = message(tenantId, 'one')
    await opened.enqueue(parked, refused, doubtful, sent)
    const { leased } = await claimed(gate)
    const of = (id: string) => leased.filter(({ command }) => command.id === id)
    const givesSlotBack = true
    await queue().settle([
      ...all(of(parked.id), retryIn(60_000, false)).map((one) => ({ ...one, givesSlotBack })),
      ...all(of(refused.id), {
        state: 'dead',
        deadClass: 'permanent',
        error: vendorError,
        durationMs: 1,
      }).map((one) => ({ ...one, givesSlotBack })),
      ...all(of(doubtful.id), inDoubt),
      ...all(of(sent.id), succeeded),
    ])
    expect((await slots(tenantId)).toSorted()).to.deep.equal([doubtful.id, sent.id].toSorted())
  })

  it('gives back the slots of what a person cancels, and of what a person knows was not sent', async () => {
    const tenantId = await newTenant()
    const gate = gateOver(opened, [capOf(9)])
    const given = [message(tenantId, 'one'), message(tenantId, 'one'), message(tenantId, 'one')]
    const [waiting, notSent, wasSent] = given.map(({ id }) => id) as [string, string, string]
    await opened.enqueue(...given)
    const { leased } = await claimed(gate)
    const of = (id: string) => leased.filter(({ command }) => command.id === id)
    await queue().settle([
      ...all(of(waiting), retryIn(60_000)),
      ...all([...of(notSent), ...of(wasSent)], inDoubt),
    ])
    expect(await slots(tenantId)).to.have.length(3)
    const control = opened.database.stores.commandControl
    await control.cancel(tenantId, [waiting], 'ana', 'A wrong text')
    await control.settle(tenantId, notSent, { outcome: 'failed' }, 'ana', 'Not in the log of the vendor')
    await control.settle(tenantId, wasSent, { outcome: 'succeeded', result: {} }, 'ana', 'It arrived')
    expect(await slots(tenantId)).to.deep.equal([wasSent])
  })

  it('lets a higher priority have the slot of a lower one that was not sent', async () => {
    const tenantId = await newTenant()
    const low = message(tenantId, 'one', { priority: 'low' })
    await opened.enqueue(low)
    const gate = gateOver(opened, [capOf(1)])
    const { leased } = await claimed(gate)
    const high = message(tenantId, 'one', { priority: 'high' })
    await opened.enqueue(high)
    const [highLeased] = await claimSome(queue())
    expect(states(await gate.judge([highLeased!])), 'while the low one is being called').to.deep.equal([
      'defer',
    ])
    await queue().release(leased)
    expect(states(await gate.judge([highLeased!])), 'once it is known not to be').to.deep.equal(['allow'])
    expect(await slots(tenantId)).to.deep.equal([high.id])
    expect(states((await claimed(gate)).verdicts)).to.deep.equal(['defer'])
  })

  it('keeps the consent that an attempt relied on with the attempt', async () => {
    const tenantId = await newTenant()
    const record = { granted: true, at: '2026-01-01T00:00:00Z' }
    await leadFields(opened, tenantId, 'one', { consent: { sms: { marketing: record } } })
    await opened.enqueue(message(tenantId, 'one'), message(tenantId, 'unknown'))
    const { leased, verdicts } = await claimed(
      gateOver(opened, [policy({ name: 'c', consent: { purpose: 'marketing' } })]),
    )
    expect(states(verdicts).toSorted()).to.deep.equal(['allow', 'suppress'])
    const allowed = leased[states(verdicts).indexOf('allow')]!
    const rows = await querySuperuser(
      opened.test,
      'select run_lease::text, relied_on from send_clearance where tenant_id = $1',
      [tenantId],
    )
    const consent = [{ purpose: 'marketing', channel: 'sms', field: 'consent.sms.marketing', value: record }]
    expect(rows).to.deep.equal([{ run_lease: allowed.runLease, relied_on: { policies: ['c'], consent } }])
  })

  it('knows from the log when the contact last wrote', async () => {
    const tenantId = await newTenant()
    const wrote = async (lead: string, at: string, data: object) =>
      await querySuperuser(
        opened.test,
        `insert into event_log (event_id, tenant_id, workspace, shard, entity_key, type, source, external_id, origin, data, headers,
           root_id)
         values (gen_random_uuid(), $1, 'default', 0, $2, 'message.received', 's', gen_random_uuid()::text, 'external', $3,
           jsonb_build_object('time', (now() - $4::interval)::text), gen_random_uuid())`,
        [tenantId, `default/lead/${lead}`, JSON.stringify(data), at],
      )
    await wrote('new', '1 hour', { channel: 'whatsapp', direction: 'inbound' })
    await wrote('old', '25 hours', { channel: 'whatsapp' })
    await wrote('other', '1 hour', { channel: 'sms' })
    await wrote('ours', '1 hour', { channel: 'whatsapp', direction: 'outbound' })
    const leads = ['new', 'old', 'other', 'ours']
    await opened.enqueue(...leads.map((lead) => message(tenantId, lead, { input: { channel: 'whatsapp' } })))
    const window = policy({ window: { channel: 'whatsapp', withinMs: dayMs, template: null } })
    const { leased, verdicts } = await claimed(gateOver(opened, [window]))
    const allowed = leased.filter((_one, index) => verdicts[index]?.state === 'allow')
    expect(allowed.map(({ command }) => command.entityKey)).to.deep.equal(['default/lead/new'])
  })

  it('fills a template from the lead in the place of a text that is too late, and sends nothing when it cannot', async () => {
    const tenantId = await newTenant()
    await leadFields(opened, tenantId, 'named', { name: 'Sara' })
    const whatsapp = { input: { channel: 'whatsapp' } }
    await opened.enqueue(message(tenantId, 'named', whatsapp), message(tenantId, 'nameless', whatsapp))
    const template = { name: 'welcome_v3', language: 'en', params: ['name'] }
    const { leased, verdicts } = await claimed(
      gateOver(opened, [policy({ window: { channel: 'whatsapp', withinMs: dayMs, template } })]),
    )
    const byLead = new Map(
      leased.map(({ command }, index) => [command.entityKey.slice(13), verdicts[index]!]),
    )
    expect(byLead.get('named')).to.deep.include({
      state: 'allow',
      input: { channel: 'whatsapp', template_id: 'welcome_v3', language: 'en', params: { name: 'Sara' } },
    })
    expect(byLead.get('nameless')).to.include({ state: 'suppress' })
  })

  it('defers without spending an attempt, keeps the lane in order, and says why and until when', async () => {
    const tenantId = await newTenant()
    const [head, behind] = ['a', 'b'].map((text) =>
      message(tenantId, 'one', { integration: 'sms', input: { channel: 'sms', text } }),
    )
    await opened.enqueue(head!, behind!)
    const gate = gateOver(opened, [capOf(1)], { listensTo: (type) => type === 'message.deferred' })
    await opened.enqueue(message(tenantId, 'one', { priority: 'high' }))
    const leased = await claimSome(queue())
    await settleStopped(gate, leased)
    expect(await opened.stateOf(head!)).to.equal('ready')
    expect(await opened.stateOf(behind!)).to.equal('waiting')
    const view = await opened.database.stores.messages.command(tenantId, head!.id)
    expect(view).to.deep.include({ attempts: 0, sentAt: null })
    expect(Date.parse(view!.nextAttemptAt!) - Date.now()).to.be.within(dayMs - 60_000, dayMs + 60_000)
    const place = await opened.database.stores.dispatch.place(tenantId, head!.id)
    expect(place?.attempts.map(({ error }) => error.code)).to.deep.equal(['NX-SEND-DEFERRED'])
    const [event] = (await opened.database.stores.messages.events(tenantId, {}, page)).items
    expect(event).to.deep.include({ type: 'message.deferred', causationId: head!.id })
    expect(event?.data).to.include({ commandId: head!.id, channel: 'sms', code: 'NX-SEND-DEFERRED' })
    expect(await claimSome(queue())).to.have.length(0)
  })

  it('ends what may never leave as cancelled, lets its lane go on, and queues the message for another channel', async () => {
    const tenantId = await newTenant()
    await leadFields(opened, tenantId, 'one', { consent: { email: true }, email: 'sara@example.com' })
    const [head, behind] = ['a', 'b'].map((text) =>
      message(tenantId, 'one', { integration: 'sms', input: { channel: 'sms', text, to: '+971500000000' } }),
    )
    await opened.enqueue(head!, behind!)
    const swapping = policy({ consent: { purpose: 'marketing' }, onBlock: 'swap_channel' })
    await settleStopped(gateOver(opened, [swapping]), await claimSome(queue()))
    expect(await opened.stateOf(head!)).to.equal('cancelled')
    expect(await opened.stateOf(behind!)).to.equal('ready')
    const { items } = await opened.database.stores.messages.events(tenantId, {}, page)
    expect(items.map(({ type }) => type).toSorted()).to.deep.equal([
      'command.cancelled',
      'message.suppressed',
    ])
    const moved = (await claimSome(queue())).find(({ command }) => command.integration === 'mailer')
    expect(moved?.command).to.deep.include({
      operation: 'mail.send',
      parentId: head!.id,
      input: { text: 'a', channel: 'email', to: 'sara@example.com' },
    })
    const suppressed = items.find(({ type }) => type === 'message.suppressed')
    expect(suppressed?.data).to.include({ insteadCommandId: moved?.command.id, code: 'NX-SEND-SWAPPED' })
  })

  it('moves a message once: two channels do not hand it to and fro', async () => {
    const tenantId = await newTenant()
    await leadFields(opened, tenantId, 'one', { consent: { sms: true } })
    const email = { channel: 'email' }
    await opened.enqueue(
      message(tenantId, 'one', { idempotencyKey: 'key', input: email }),
      message(tenantId, 'one', { idempotencyKey: 'key~email', input: email }),
    )
    const everywhere = policy({ consent: { purpose: 'x' }, onBlock: 'swap_channel', swapTo: ['sms'] })
    const operation = { integration: 'any', operation: 'any.send', repeatable: 'no' } as const
    const { leased, verdicts } = await claimed(
      gateOver(opened, [everywhere], { catalog: { channel: () => operation } }),
    )
    const byKey = new Map(leased.map(({ command }, index) => [command.idempotencyKey, verdicts[index]!]))
    expect(byKey.get('key'), 'not moved yet').to.include({ state: 'suppress' })
    expect(byKey.get('key')).to.have.nested.include({
      'instead.integration': 'any',
      'instead.input.channel': 'sms',
    })
    expect(byKey.get('key~email'), 'moved before').to.include({ state: 'suppress', instead: null })
  })
})
