import { expect } from 'chai'
import type { ChildProcess } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { access, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FakeCall } from '../../../src/app/fakes/ask-fakes.ts'
import type { JsonObject } from '../../../src/kernel/json.ts'
import type { CommandView, Page } from '../../../src/messaging/reading/event-reader.ts'
import { buildCli, resultOf, runBuiltCli, startCli } from '../../support/cli/built-cli.ts'
import type { CliResult } from '../../support/cli/built-cli.ts'
import { environmentOf, firstLine } from '../../support/cli/dev-stack.ts'
import { temporaryFolder } from '../../support/cli/temporary-folder.ts'
import { eventually } from '../../support/eventually.ts'
import { basicDocuments } from '../../support/system/running-system.ts'

const account = `AC${'0'.repeat(32)}`
const documents = `${basicDocuments('http://127.0.0.1:9')}
---
apiVersion: neuronx/v1
kind: Integration
name: chat
connector: slack
connection: { channel: C0123456789 }
credentials: { botToken: { secret: never-stored } }
---
apiVersion: neuronx/v1
kind: Integration
name: sms
connector: twilio
connection: { accountSid: ${account}, from: '+14155550100' }
credentials: { authToken: { secret: twilio-token } }
webhooks: { authToken: { secret: twilio-token } }
---
apiVersion: neuronx/v1
kind: RuleSet
name: new-leads
rules:
  - id: tell
    on: lead.created
    then:
      - { call: chat.message.send, with: { text: "New: {{ lead.id }}" } }
  - id: greet
    on: lead.called
    then:
      - { call: sms.message.send, with: { to: "+14155550123", text: "Hello {{ lead.id }}" } }
`

describe('neuronx dev --fake', function () {
  this.timeout(240_000)
  let place: Awaited<ReturnType<typeof temporaryFolder>>
  let child: ChildProcess
  let ended: Promise<CliResult>
  let env: Record<string, string>
  let ready: string

  before(async () => {
    buildCli()
    place = await temporaryFolder()
    const any = ['--http-listen', '127.0.0.1:0', '--ops-listen', '127.0.0.1:0', '--quiet']
    child = startCli(['dev', '--data-dir', place.path, ...any, '--fake', 'slack, twilio'])
    ended = resultOf(child)
    ready = await firstLine(child)
    env = await environmentOf(join(place.path, 'env'))
    const config = join(place.path, 'config')
    await mkdir(join(config, 'tenants', 'acme'), { recursive: true })
    await writeFile(join(config, 'neuronx.yaml'), 'apiVersion: neuronx/v1\nkind: Fleet\nname: test\n')
    await writeFile(join(config, 'tenants', 'acme', 'all.yaml'), documents)
    await run('tenant', 'create', 'acme')
    await run('config', 'apply', config, '--yes')
  })
  after(async () => {
    child.kill('SIGKILL')
    await ended
    await place[Symbol.asyncDispose]()
  })

  async function run(...args: readonly string[]): Promise<JsonObject> {
    const result = await runBuiltCli([...args, '--json'], { env: { ...env, NEURONX_TENANT: 'acme' } })
    expect(result.code, `${args.join(' ')}: ${result.stdout}${result.stderr}`).to.equal(0)
    return (JSON.parse(result.stdout) as { data: JsonObject }).data
  }

  async function calls(fake: string): Promise<readonly FakeCall[]> {
    return (await run('fake', 'calls', fake))['calls'] as unknown as readonly FakeCall[]
  }

  const happens = async (type: string, lead: string): Promise<void> => {
    const data = type === 'lead.created' ? '{"name":"Ada"}' : '{"outcome":"reached"}'
    await run('event', 'publish', '--type', type, '--subject', `lead/${lead}`, '--data', data, '--yes')
  }

  it('says in one line, in env and in fakes.json where the fakes are', async () => {
    const urls = /fake\.slack=(http:\/\/127\.0\.0\.1:\d+) fake\.twilio=(http:\/\/127\.0\.0\.1:\d+)$/.exec(
      ready,
    )
    expect(ready).to.match(/^ready http=\S+ database=\S+ nats=\S+ fake\.slack=/)
    const told = [env['NEURONX_FAKE_SLACK'] ?? '', env['NEURONX_FAKE_TWILIO'] ?? '']
    expect(told.map((url) => new URL(url).origin)).to.deep.equal([urls?.[1], urls?.[2]])
    // The line may be read by others; who may read the data directory has the whole address.
    for (const url of told) expect(url).to.match(/\/[0-9a-f]{32}$/)
    expect((await fetch(`${urls?.[1]}/_fake/calls`)).status).to.equal(403)
    const file = JSON.parse(await readFile(join(place.path, 'fakes.json'), 'utf8')) as JsonObject
    expect(file['fakes']).to.deep.equal({ slack: told[0], twilio: told[1] })
    expect(JSON.stringify(file)).to.not.contain(new URL(env['NEURONX_DATABASE_URL'] ?? '').password)
  })

  it('sends to the fake what would go to the vendor, with a secret that nobody stored', async () => {
    await happens('lead.created', '1')
    const sent = (await eventually(async () => {
      const [call] = await calls('slack')
      return call ?? false
    })) as FakeCall
    expect(sent).to.deep.include({
      fake: 'slack',
      operation: 'message.send',
      caller: 'acme/chat',
      tookEffect: true,
    })
    expect(new URLSearchParams(String(sent.body)).get('text')).to.equal('New: 1')
    await run('fake', 'reset')
    expect(await calls('slack')).to.deep.equal([])
  })

  it('adapter test reaches the fake as well', async () => {
    const tested = await run('adapter', 'test', 'chat')
    expect(tested).to.have.nested.property('health.state', 'ok')
    expect(tested).to.have.nested.property('health.output.account', 'Fake team')
    await run('fake', 'reset')
  })

  it('what only the vendor itself could do is refused, and nothing asked of it', async () => {
    const own = { ...env, NEURONX_TENANT: 'acme', NEURONX_PUBLIC_URL: 'https://nx.example' }
    for (const args of [
      ['adapter', 'webhooks', 'sms'],
      ['adapter', 'webhooks', 'sms', '--register', '--yes'],
      ['adapter', 'auth', 'login', 'chat'],
    ]) {
      const result = await runBuiltCli([...args, '--json'], { env: own })
      expect(result.stdout, args.join(' ')).to.contain('NX-FAKE-INSTEAD').and.contain('without --fake')
    }
    expect(await calls('twilio')).to.deep.equal([])
  })

  it('fails when told to, and the daemon gets over it without sending twice', async () => {
    await run('fake', 'fault', 'slack', 'rate_limited', '--operation', 'message.send', '--after', '200')
    await happens('lead.created', '2')
    // After its command has ended nothing more is sent of it.
    await eventually(async () => {
      const page = await run('command', 'list', '--integration', 'chat', '--entity', 'lead/2')
      const { items } = page as unknown as Page<CommandView>
      expect(items.map(({ state }) => state)).to.deep.equal(['succeeded'])
    }, 60_000)
    const seen = await calls('slack')
    expect(seen.map(({ fault, tookEffect }) => [fault, tookEffect])).to.deep.equal([
      ['rate_limited', false],
      [null, true],
    ])
    await run('fake', 'reset')
  })

  it('what may have been sent is not sent again', async () => {
    await run('fake', 'fault', 'slack', 'reset_after_effect')
    await happens('lead.created', '3')
    await eventually(async () => {
      return JSON.stringify(await run('command', 'list')).includes('"in_doubt"')
    }, 60_000)
    expect((await calls('slack')).map(({ tookEffect }) => tookEffect)).to.deep.equal([true])
    await run('fake', 'reset')
  })

  it('posts a receipt, signed with the test key of the integration', async () => {
    await run('event', 'trigger', 'twilio.message.received', '--new-test-key')
    await run('secret', 'set', 'twilio-token', '--from', join(place.path, 'test-keys', 'acme', 'sms.key'))
    const follow = ['event', 'tail', '--type', 'message.delivered', '--count', '1', '--json']
    const tail = startCli(follow, { env: { ...env, NEURONX_TENANT: 'acme' } })
    const received = resultOf(tail)
    let receipt: CliResult | null = null
    void received.then((result) => (receipt = result))
    try {
      // The one who follows may begin after the first receipt.
      for (let lead = 4; receipt === null && lead < 24; lead += 1) await happens('lead.called', String(lead))
      await eventually(() => receipt !== null, 30_000)
    } finally {
      tail.kill('SIGKILL')
    }
    const { stdout } = await received
    expect((await calls('twilio'))[0]).to.include({ operation: 'message.send', tookEffect: true })
    expect(stdout).to.contain('"message.delivered"')
    expect(stdout).to.match(/SM[0-9a-f]{32}/)
  })

  it('an unknown name is refused before anything starts', async () => {
    const result = await runBuiltCli(['dev', '--fake', 'slak', '--json'])
    expect(result.code).to.equal(64)
    expect(result.stdout + result.stderr)
      .to.contain('NX-FAKE-UNKNOWN')
      .and.contain("Did you mean 'slack'")
  })

  it('leaves nothing behind when it is told to stop', async () => {
    const url = env['NEURONX_FAKE_SLACK'] ?? ''
    child.kill('SIGINT')
    expect((await ended).code).to.equal(0)
    expect(await access(join(place.path, 'fakes.json')).catch(() => 'gone')).to.equal('gone')
    expect(await fetch(`${url}/_fake/calls`).catch(() => 'gone')).to.equal('gone')
    await eventually(() => expect(processesAt(place.path)).to.deep.equal([]))
    const none = await runBuiltCli(['fake', 'calls', '--json'], { env })
    expect(none.stdout).to.contain('NX-FAKE-NONE')
  })
})

/** Command lines of running processes that name this folder (Linux; elsewhere the closed port has to do). */
function processesAt(folder: string): readonly string[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
      } catch {
        return ''
      }
    })
    .filter((line) => line.includes(folder))
}
