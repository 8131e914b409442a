import { expect } from 'chai'
import { fakeContractOf, fakeNames } from '../../../../src/adapters/connectors/fakes/known-fakes.ts'
import { connectorNames, connectorOf } from '../../../../src/adapters/connectors/vendors/registry.ts'
import type { JsonObject } from '../../../../src/kernel/json.ts'
import { readAll } from '../../../../src/adapters/connectors/reading/read-all.ts'
import { systemClock } from '../../../../src/kernel/clock.ts'
import { documents, FakeSetup, inputs } from './fake-setup.ts'

const without = ['smtp']

describe('Fake vendors', () => {
  it('there is one for every connector but mail', () => {
    expect([...fakeNames, ...without]).to.have.members([...connectorNames])
  })

  for (const name of fakeNames) {
    it(`${name} has a contract for every operation of its connector, and for no other`, () => {
      const operations = Object.keys(connectorOf(name).operations)
      expect(Object.keys(fakeContractOf(name).operations)).to.have.members(operations)
      expect(Object.keys(inputs[name] ?? {})).to.have.members(operations)
    })

    it(`${name} carries out every operation, asked for by a document that knows nothing of it`, async () => {
      await using setup = await FakeSetup.start(name)
      const { operations } = connectorOf(name)
      // What reads comes last, when there is something to be found.
      const order = Object.keys(operations).toSorted((one) => (operations[one]?.effect === 'read' ? 1 : -1))
      let messageId = ''
      for (const operation of order) {
        const given = inputs[name]?.[operation] ?? {}
        const needsMessage = Object.keys(given).length === 0 && operation.startsWith('message.')
        const input = needsMessage ? { message_id: messageId } : given
        if (name === 'resend' && operation === 'message.cancel' && messageId === '') continue
        const outcome = await setup.run(operation, input)
        const [last] = setup.vendor.calls.slice(-1)
        expect(outcome.state, `${operation}: ${JSON.stringify([outcome, last?.problem])}`).to.equal(
          'succeeded',
        )
        if (outcome.state === 'succeeded' && operation === 'message.send')
          messageId = String((outcome.result as JsonObject)['message_id'])
        expect(last).to.deep.include({ operation, problem: null, caller: 'acme/it' })
        expect(last?.tookEffect).to.equal(operations[operation]?.effect !== 'read')
      }
    })

    it(`${name} refuses what its vendor would not take, and who proves nothing`, async () => {
      await using setup = await FakeSetup.start(name)
      const sent = Object.entries(inputs[name] ?? {}).find(([, input]) => Object.keys(input).length > 0)
      await setup.run(sent?.[0] ?? '', sent?.[1] ?? {})
      const [call] = setup.vendor.calls.filter(({ operation }) => operation?.startsWith('oauth.') !== true)
      if (call === undefined) throw new Error('Nothing was sent')
      const form = typeof call.body === 'string'
      const body = form
        ? `${call.body as string}&Misspelt=1`
        : JSON.stringify({ ...(call.body as object), misspelt: 1 })
      const again = async (headers: Readonly<Record<string, string>>, text: string) => {
        const { host: _host, connection: _connection, 'content-length': _length, ...kept } = headers
        await fetch(setup.vendor.url + call.path, { method: call.method, headers: kept, body: text })
        return setup.vendor.calls.at(-1)
      }
      const fresh = { ...call.headers, 'idempotency-key': 'other', 'webhook-id': 'other' }
      expect((await again(fresh, body))?.problem).to.match(/misspelt is not known|Misspelt is not known/i)
      const {
        authorization: _who,
        'webhook-signature': _signature,
        ...nobody
      }: Record<string, string> = fresh
      const path = call.path.replace(/sig=[^&]*&?/, '')
      const answer = await fetch(setup.vendor.url + path, {
        method: call.method,
        headers: Object.fromEntries(
          Object.entries(nobody).filter(([key]) => !/^(host|connection|content-length)$/.test(key)),
        ),
        body: form ? (call.body as string) : JSON.stringify(call.body),
      })
      expect(setup.vendor.calls.at(-1)?.problem).to.contain('the credential is missing')
      expect(setup.vendor.calls.at(-1)?.tookEffect).to.equal(false)
      await answer.text()
    })
  }

  it('GoHighLevel keeps one contact for one person, finds it again, and apart for every integration', async () => {
    await using setup = await FakeSetup.start('gohighlevel')
    const first = await setup.run('contact.upsert', { email: 'ada@example.com', first_name: 'Ada' })
    const second = await setup.run('contact.upsert', { email: 'ada@example.com', last_name: 'Lovelace' })
    expect([first, second].map((one) => one.state === 'succeeded' && one.result)).to.deep.equal([
      { contact_id: idOf(first), created: true },
      { contact_id: idOf(first), created: false },
    ])
    const { contact } = await setup.read('contact.get', { contact_id: idOf(first) })
    expect(contact).to.include({ firstName: 'Ada', lastName: 'Lovelace', email: 'ada@example.com' })
    expect((await setup.read('contact.search', {}))['total']).to.equal(1)
    expect((await setup.read('contact.find', { email: 'eve@example.com' }))['contact']).to.equal(undefined)
    await setup.run('tag.add', { contact_id: idOf(first), tags: ['a'] })
    const tagged = await setup.run('tag.add', { contact_id: idOf(first), tags: ['b'] })
    expect(tagged).to.have.nested.property('result.tags').that.deep.equals(['a', 'b'])
    const calls = setup.vendor.calls.at(-1)
    const elsewhere = await fetch(`${setup.vendor.url}/_to/other/it/contacts/${idOf(first)}`, {
      headers: { authorization: 'Bearer x', version: calls?.headers['version'] ?? '' },
    })
    expect(elsewhere.status).to.equal(400)
  })

  it('message lists show what was sent, page by page', async () => {
    await using setup = await FakeSetup.start('twilio')
    for (const text of ['one', 'two', 'three']) await setup.run('message.send', { to: '+14155550123', text })
    const { messages } = await setup.read('message.list', { to: '+14155550123' })
    expect((messages as readonly JsonObject[]).map(({ body }) => body)).to.deep.equal(['three', 'two', 'one'])
    const account = `AC${'0'.repeat(32)}`
    const page = await fetch(
      `${setup.vendor.url}/_to/acme/it/2010-04-01/Accounts/${account}/Messages.json?PageSize=2`,
      { headers: { authorization: 'Basic eDp5' } },
    )
    const { messages: some, next_page_uri: next } = (await page.json()) as {
      messages: unknown[]
      next_page_uri: string
    }
    expect([some.length, next]).to.deep.equal([
      2,
      `/d00r/_to/acme/it/2010-04-01/Accounts/${account}/Messages.json?PageSize=2&PageToken=2`,
    ])
  })

  for (const [name, operation, change, problem] of [
    ['twilio', 'message.send', { to: '0501234567' }, 'body To'],
    ['gohighlevel', 'deal.update', { status: 'closed' }, 'body status'],
  ] as const)
    it(`${name} refuses ${JSON.stringify(change)}, as its vendor does`, async () => {
      await using setup = await FakeSetup.start(name)
      const outcome = await setup.run(operation, { ...inputs[name]?.[operation], ...change })
      const [last] = setup.vendor.calls
      expect(outcome.state).to.equal('permanent')
      expect(last?.problem).to.contain(problem)
      expect(setup.vendor.effects).to.deep.equal([])
    })

  it("a list is read whole: its next page is the same caller's", async () => {
    await using setup = await FakeSetup.start('twilio')
    const to = '+14155550123'
    for (let count = 0; count < 103; count += 1) await setup.run('message.send', { to, text: `${count}` })
    const operation = setup.integration.connector.definition.operations['message.list']
    if (operation === undefined) throw new Error('There is no list')
    const texts: unknown[] = []
    const outcome = await readAll({
      readPage: async (...asked) => await setup.executor.readPage(...asked),
      ...{ clock: systemClock, operation, since: null, signal: new AbortController().signal },
      asked: {
        tenantId: 't-1',
        workspace: 'default',
        integration: 'it',
        operation: 'message.list',
        input: { to },
      },
      onItems: async (items) => void texts.push(...items.map((item) => (item as JsonObject)['body'])),
    })
    expect([outcome.state, texts.length, texts.at(-1)]).to.deep.equal(['complete', 103, '0'])
  })

  it('a document that reaches its vendor by a proxy reaches the fake as others do', async () => {
    const { connection } = documents['gohighlevel'] ?? {}
    const baseUrl = 'https://proxy.example.com/ghl'
    await using setup = await FakeSetup.start('gohighlevel', {
      connection: { ...(connection as JsonObject), baseUrl },
    })
    expect((await setup.run('contact.upsert', { email: 'ada@example.com' })).state).to.equal('succeeded')
  })

  it('Resend knows a repeat by its key, and refuses the key with another content', async () => {
    await using setup = await FakeSetup.start('resend')
    const mail = { to: 'ada@example.com', subject: 'Hi', text: 'Hi' }
    const first = await setup.run('message.send', mail)
    const again = await setup.run('message.send', mail)
    expect(again).to.deep.include({ state: 'succeeded', result: first.state === 'succeeded' && first.result })
    const other = await setup.run('message.send', { ...mail, text: 'Other' })
    expect(other).to.have.nested.property('error.message').that.contains('another content')
    expect(setup.vendor.effects.length).to.equal(1)
  })
})

function idOf(outcome: unknown): string {
  return String((outcome as { result: { contact_id: string } }).result.contact_id)
}
