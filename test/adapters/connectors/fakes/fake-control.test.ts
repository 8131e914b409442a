import { expect } from 'chai'
import { request } from 'node:http'
import { fakeFaultKinds } from '../../../../src/adapters/connectors/fakes/fake-faults.ts'
import { FakeVendorServer } from '../../../../src/adapters/connectors/fakes/fake-vendor-server.ts'
import { fakeContractOf } from '../../../../src/adapters/connectors/fakes/known-fakes.ts'
import Fault from '../../../../commands/fake/fault.ts'
import { NxError } from '../../../../src/kernel/errors.ts'
import { FakeSetup } from './fake-setup.ts'

/** A request with any Host: fetch would not let us. */
async function asked(
  url: string,
  headers: Record<string, string>,
  method = 'GET',
  body = '',
): Promise<{ status: number; text: string }> {
  return await new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

describe('Control of fake vendors', () => {
  let setup: FakeSetup
  beforeEach(async () => (setup = await FakeSetup.start('slack')))
  afterEach(async () => await setup[Symbol.asyncDispose]())

  for (const host of [
    'attacker.example',
    '127.0.0.1.attacker.example',
    'localhost.attacker.example:80',
    '10.0.0.1',
  ]) {
    it(`refuses a request that was led here as ${host}`, async () => {
      for (const path of ['/_fake/calls', '/api/auth.test']) {
        const answer = await asked(setup.vendor.url + path, { host })
        expect(answer.status, path).to.equal(403)
      }
      expect(setup.vendor.received).to.equal(0)
    })
  }

  it('serves nobody who does not know its door', async () => {
    const { origin } = new URL(setup.vendor.url)
    for (const path of ['/_fake/calls', '/api/auth.test', '/d00/_fake/calls', '/d00r../_fake/calls', '/d00r'])
      expect((await asked(origin + path, {})).status, path).to.equal(403)
    expect(setup.vendor.received).to.equal(0)
  })

  it('does not fill the memory with what it got', async () => {
    const text = 'x'.repeat(100_000)
    await fetch(`${setup.vendor.url}/api/auth.test`, { method: 'POST', body: text })
    expect(setup.vendor.calls[0]?.body).to.equal('(100000 characters)')
  })

  it('refuses web pages, and content types that they may send unasked', async () => {
    const { url } = setup.vendor
    expect((await asked(`${url}/_fake/calls`, { origin: 'https://attacker.example' })).status).to.equal(403)
    const body = '{"kind":"server_error"}'
    expect(
      (await asked(`${url}/_fake/faults`, { 'content-type': 'text/plain' }, 'POST', body)).status,
    ).to.equal(415)
    expect((await asked(`${url}/_fake/faults`, {})).text).to.contain('"faults":[]')
  })

  it('says what is wrong with a fault, and what there is', async () => {
    for (const [fault, says] of [
      [{ kind: 'explode' }, 'kind'],
      [{ kind: 'slow', afterMs: 120_001 }, 'afterMs'],
      [{ kind: 'slow', count: 0 }, 'count'],
      [{ kind: 'slow', cuont: 1 }, 'cuont'],
      [{ kind: 'slow', operation: 'mesage.send' }, 'message.send'],
      [null, 'fault'],
    ] as const) {
      const answer = await setup.fault(fault as never)
      const said = (await answer.json()) as { code: string; detail: string; fix: string }
      expect([answer.status, said.code], JSON.stringify(fault)).to.deep.equal([400, 'NX-FAKE-FAULT'])
      expect(said.detail).to.contain(says)
      expect(said.fix).to.contain('rate_limited')
    }
  })

  it('takes so many faults and no more, and so much of a body', async () => {
    for (let count = 0; count < 1_000; count += 1) await (await setup.fault({ kind: 'server_error' })).text()
    expect((await setup.fault({ kind: 'server_error' })).status).to.equal(409)
    const huge = 'x'.repeat(2 * 1024 * 1024 + 1)
    expect(
      (await fetch(`${setup.vendor.url}/api/auth.test`, { method: 'POST', body: huge })).status,
    ).to.equal(413)
  })

  it('shows calls without anything that proves the caller', async () => {
    setup.secrets['a'] = 'xoxb-a-very-secret-token'
    await setup.run('message.send', { text: 'Hi' })
    const { text } = await asked(`${setup.vendor.url}/_fake/calls`, {})
    expect(text).to.contain('"operation":"message.send"').and.not.contain('very-secret')
    await using flow = await FakeSetup.start('teams-workflow')
    flow.secrets['a'] = 'a-very-secret-signature'
    await flow.run('message.send', { text: 'Hi' })
    const shown = await asked(`${flow.vendor.url}/_fake/calls`, {})
    expect(shown.text).to.contain('sig=***').and.not.contain('very-secret')
    await using teams = await FakeSetup.start('teams')
    teams.secrets['a'] = 'a-very-secret-client'
    await teams.run('message.send', { text: 'Hi' })
    expect((await asked(`${teams.vendor.url}/_fake/calls`, {})).text).to.not.contain('very-secret')
  })

  it('remembers the newest calls only, and forgets them when told to', async () => {
    await using vendor = await new FakeVendorServer({ callsMax: 2 }).start()
    for (const path of ['/a', '/b', '/c']) await fetch(vendor.url + path)
    expect([vendor.received, vendor.calls.map(({ path }) => path)]).to.deep.equal([3, ['/b', '/c']])
    await fetch(`${vendor.url}/_fake/calls`, { method: 'DELETE' })
    expect(vendor.calls).to.deep.equal([])
  })

  it('listens on this machine alone', () => {
    expect(new URL(setup.vendor.url).hostname).to.equal('127.0.0.1')
  })

  it('names what it can play, and says of mail why not', () => {
    for (const [name, says] of [
      ['slak', "Did you mean 'slack'?"],
      ['smtp', 'gohighlevel'],
      ['salesforce', 'gohighlevel'],
    ] as const) {
      const wrong = expect(() => fakeContractOf(name)).to.throw(NxError)
      wrong.with.property('code', 'NX-FAKE-UNKNOWN')
      expect(() => fakeContractOf(name))
        .to.throw()
        .with.property('fix')
        .that.contains(says)
    }
  })

  it('the command knows every fault', () => {
    expect(Fault.args.kind.options).to.deep.equal([...fakeFaultKinds])
  })
})
