import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RunningDaemon } from '../../../src/app/daemon/start-daemon.ts'
import type { JsonObject } from '../../../src/kernel/json.ts'
import { buildCli, cliEnvironment, resultOf, runBuiltCli, runFile } from '../../support/cli/built-cli.ts'
import type { CliOptions, CliResult } from '../../support/cli/built-cli.ts'
import { closedPort } from '../../support/closed-port.ts'
import { adapterDocuments } from '../../support/system/adapter-documents.ts'
import { eventually } from '../../support/eventually.ts'
import { basicDocuments, leadCreated, postEvents, startSystem } from '../../support/system/running-system.ts'
import type { RunningSystem } from '../../support/system/running-system.ts'

const token = 'a-very-secret-token-of-2026'
interface Answer {
  readonly code: number | null
  readonly ok: boolean
  readonly data: JsonObject
  readonly error?: { readonly code: string; readonly fix: string; readonly exit: number }
}

describe('neuronx adapter and event trigger', function () {
  this.timeout(240_000)
  let system: RunningSystem
  let daemon: RunningDaemon
  let env: Record<string, string>
  let keyFile: string
  let producer: string
  const said: string[] = []

  before(async () => {
    buildCli()
    system = await startSystem()
    const pair = generateKeyPairSync('ed25519')
    keyFile = join(system.settings.dataDir, 'ghl-test.pem')
    await writeFile(keyFile, pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
    const publicKey = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString().trim()
    const dead = `http://127.0.0.1:${await closedPort()}`
    await system.apply(
      basicDocuments(system.vendor.url) + adapterDocuments(system.vendor.url, dead, publicKey),
    )
    producer = await system.token('ingest')
    daemon = await system.daemon()
    env = {
      NEURONX_DATABASE_URL: system.settings.databaseUrl ?? '',
      NEURONX_MASTER_KEY_FILE: system.settings.masterKeyFile ?? '',
      NEURONX_DATA_DIR: system.settings.dataDir,
      NEURONX_EGRESS_ALLOW_PRIVATE: 'true',
      NEURONX_HTTP_LISTEN: new URL(daemon.url).host,
      NEURONX_TENANT: 'acme',
    }
    for (const name of ['twilio-token', 'ghl-token']) await run(['secret', 'set', name], { input: token })
  })
  after(async () => await system[Symbol.asyncDispose]())
  afterEach(() => expect(said.join('\n')).to.not.contain(token))

  async function run(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
    const result = await runBuiltCli(args, { ...options, env: { ...env, ...options.env } })
    said.push(result.stdout, result.stderr)
    return result
  }

  async function json(args: readonly string[], options: CliOptions = {}): Promise<Answer> {
    const result = await run([...args, '--json'], options)
    return { code: result.code, ...(JSON.parse(result.stdout) as Omit<Answer, 'code'>) }
  }

  const standingOf = async (name: string): Promise<JsonObject> => {
    const { data } = await json(['adapter', 'list'])
    const found = (data['integrations'] as unknown as readonly JsonObject[]).find(
      (one) => one['name'] === name,
    )
    if (found === undefined) throw new Error(`${name} is not listed`)
    return found
  }

  it('list shows where every integration stands', async () => {
    expect(await standingOf('sms')).to.deep.include({
      connector: 'twilio',
      mode: 'live',
      off: null,
      webhooks: 'signed',
      credentials: 'ok',
      lastCallAt: null,
      breaker: 'closed',
    })
    expect(await standingOf('pager')).to.include({ credentials: 'secret_missing', webhooks: 'none' })
    const text = (await run(['adapter', 'list'])).stdout
    expect(text).to.match(/^INTEGRATION\s+CONNECTOR\s+MODE/)
    expect(text).to.match(/^ghl\s+gohighlevel\s+live\s+signed/m)
  })

  it('list without a tenant says so; connectors need neither tenant nor database', async () => {
    const none = await json(['adapter', 'list'], { env: { NEURONX_TENANT: '' } })
    expect([none.code, none.error?.code]).to.deep.equal([64, 'NX-TENANT-REQUIRED'])
    const bare = { NEURONX_DATABASE_URL: '', NEURONX_TENANT: '' }
    const known = await json(['adapter', 'list', '--connectors'], { env: bare })
    expect(JSON.stringify(known.data['connectors'])).to.contain('gohighlevel')
    expect((await run(['adapter', 'show', 'twilio', '--connector'], { env: bare })).code).to.equal(0)
    const wrong = await json(['adapter', 'show', 'twillio', '--connector'], { env: bare })
    expect([wrong.code, wrong.error?.fix]).to.deep.equal([66, "Did you mean 'twilio'?"])
  })

  it('sync says what is not polled', async () => {
    const none = await json(['adapter', 'sync', 'pager'])
    const off = await json(['adapter', 'sync', 'sms'])
    expect([none.error?.code, off.error?.code]).to.deep.equal(['NX-RECONCILE-NONE', 'NX-RECONCILE-OFF'])
  })

  it('show tells operations, classes of idempotency, the webhook address and names of secrets', async () => {
    const { data } = await json(['adapter', 'show', 'sms'], {
      env: { NEURONX_PUBLIC_URL: 'https://hooks.example.com' },
    })
    expect(data['webhooks']).to.deep.include({
      address: 'https://hooks.example.com/v1/hooks/acme/sms',
      isPublic: true,
      proof: 'signed',
    })
    const operations = data['operations'] as unknown as readonly JsonObject[]
    expect(operations.find(({ name }) => name === 'message.send')).to.include({ effect: 'send' })
    expect(operations.find(({ name }) => name === 'account.check')).to.include({ idempotency: 'natural' })
    expect(JSON.stringify(data['credentials'])).to.contain('twilio-token')
    const text = await run(['adapter', 'show', 'ghl'])
    expect(text.stdout).to.match(/set NEURONX_PUBLIC_URL/)
    const wrong = await json(['adapter', 'show', 'gh1'])
    expect([wrong.code, wrong.error?.fix]).to.deep.equal([66, "Did you mean 'ghl'?"])
  })

  it('lists end well when their reader has seen enough', async () => {
    const script = '"$0" "$@" | true; echo "exit ${PIPESTATUS[0]}"'
    for (const args of [
      ['adapter', 'list'],
      ['adapter', 'show', 'ghl'],
      ['event', 'trigger', '--list'],
    ]) {
      const result = await resultOf(
        spawn('bash', ['-c', script, process.execPath, runFile, ...args], {
          env: cliEnvironment(env),
          stdio: ['ignore', 'pipe', 'pipe'],
        }),
      )
      expect(result.stdout.trimEnd().split('\n').at(-1), args.join(' ')).to.equal('exit 0')
      expect(result.stderr).to.not.contain('EPIPE')
    }
  })

  it('test says that a secret is missing before anything is called', async () => {
    const { code, ok, data } = await json(['adapter', 'test', 'pager'])
    expect([code, ok]).to.deep.equal([78, false])
    expect(data['health']).to.deep.include({ state: 'failed', code: 'NX-SECRET-MISSING', steps: [] })
  })

  it('test makes the harmless call and says how far it came', async () => {
    await run(['secret', 'set', 'pager-token'], { input: token })
    const { code, data } = await json(['adapter', 'test', 'pager'])
    const health = data['health'] as JsonObject
    expect([code, health['state']], JSON.stringify(data)).to.deep.equal([0, 'ok'])
    const steps = health['steps'] as unknown as readonly JsonObject[]
    expect(steps.map(({ step, state }) => `${step} ${state}`)).to.deep.equal(['connect ok', 'http ok'])
    expect(JSON.stringify(steps)).to.contain('GET ').and.contain('/ping')
    const text = await run(['adapter', 'test', 'pager'])
    expect(text.stdout).to.match(/^http\s+ok\s+\d+\s+GET .*\/ping: 200$/m)
  })

  it('test tells a vendor that is not there from one that says no', async () => {
    const gone = await json(['adapter', 'test', 'gone'])
    expect([gone.code, (gone.data['health'] as JsonObject)['code']]).to.deep.equal([
      69,
      'NX-CALL-UNREACHABLE',
    ])
    expect(JSON.stringify(gone.data)).to.contain('ECONNREFUSED')
    const none = await json(['adapter', 'test', 'sink'])
    expect([none.code, none.error?.code]).to.deep.equal([78, 'NX-ADAPTER-NO-HEALTH'])
  })

  it('--render shows the request with secrets masked, and sends nothing', async () => {
    const before = system.vendor.received
    const args = ['adapter', 'test', 'pager', '--render', 'page', '--with', '-', '--about', 'lead/7']
    const { data } = await json(args, { input: '{"to":"+15005550100","text":"Hi"}' })
    const request = data['request'] as JsonObject
    expect(request).to.include({
      method: 'POST',
      body: '{"to":"+15005550100","text":"Hi"}',
      idempotency: 'none',
    })
    expect(request['url']).to.match(/\/page\/7$/)
    expect((request['headers'] as JsonObject)['authorization']).to.equal('Bearer [secret]')
    expect(system.vendor.received).to.equal(before)
    const bad = await json(['adapter', 'test', 'pager', '--render', 'page'])
    expect([bad.code, bad.error?.code]).to.deep.equal([65, 'NX-CONNECTOR-INPUT'])
    const wrong = await json(['adapter', 'test', 'pager', '--render', 'pages'])
    expect([wrong.code, wrong.error?.fix]).to.deep.equal([66, "Did you mean 'page'?"])
  })

  it('--send asks, then sends one message through the daemons', async () => {
    const alone = await json(['adapter', 'test', 'pager', '--send'])
    expect(alone.code).to.equal(64)
    const asked = await json(['adapter', 'test', 'pager', '--send', '--to', '+15005550100'])
    expect([asked.code, asked.error?.code]).to.deep.equal([64, 'NX-CONFIRM'])
    const before = system.vendor.received
    await json(['adapter', 'disable', 'pager', '--reason', 'not now', '--yes'])
    const off = await json(['adapter', 'test', 'pager', '--send', '--to', '+15005550100', '--yes'])
    expect([off.code, off.error?.code]).to.deep.equal([75, 'NX-INTEGRATION-OFF'])
    await json(['adapter', 'enable', 'pager'])
    const { code, data } = await json(['adapter', 'test', 'pager', '--send', '--to', '+15005550100', '--yes'])
    expect([code, (data['send'] as JsonObject)['state']], JSON.stringify(data)).to.deep.equal([0, 'sent'])
    expect(system.vendor.received).to.equal(before + 1)
    expect(await standingOf('pager'))
      .to.have.property('lastCallAt')
      .that.is.a('string')
  })

  it('disable holds commands back, shows who did it and why, and enable lets them go on', async () => {
    const hits = () => system.vendor.calls.filter(({ path }) => path.startsWith('/hit')).length
    const off = await json(['adapter', 'disable', 'sink', '--reason', 'arrives twice', '--yes'])
    expect([off.code, off.data]).to.deep.equal([0, { integration: 'sink', enabled: false, unchanged: false }])
    expect((await standingOf('sink'))['off']).to.include({ reason: 'arrives twice' })
    expect((await run(['adapter', 'list'])).stdout).to.match(/^sink\s+http\s+live, OFF/m)
    expect((await run(['adapter', 'limits', 'sink'])).stdout).to.match(
      /^sink\s+open\s+enabled\s+NX-INTEGRATION-OFF/m,
    )
    const posted = await postEvents(daemon.url, producer, leadCreated('ada'))
    expect(posted.status).to.equal(202)
    await eventually(async () => expect(await standingOf('sink')).to.include({ open: 1 }), 20_000)
    expect(hits()).to.equal(0)
    expect((await json(['adapter', 'disable', 'sink', '--reason', 'x', '--yes'])).data).to.include({
      unchanged: true,
    })
    await json(['adapter', 'enable', 'sink'])
    await eventually(() => expect(hits()).to.equal(1), 20_000)
    expect((await standingOf('sink'))['off']).to.equal(null)
    const wrong = await json(['adapter', 'disable', 'sinc', '--reason', 'x', '--yes'])
    expect([wrong.code, wrong.error?.fix]).to.deep.equal([66, "Did you mean 'sink'?"])
    expect((await json(['adapter', 'disable', 'sink', '--yes'])).code).to.equal(64)
  })

  it('trigger posts a signed webhook that becomes the event', async () => {
    const args = ['event', 'trigger', 'gohighlevel.contact.created', '--key-file', keyFile]
    expect((await json(args)).error?.code).to.equal('NX-CONFIRM')
    const { code, data } = await json([...args, '--yes', '--data', '{"firstName":"Eve"}'])
    const posted = data['posted'] as JsonObject
    expect([code, posted['status']], JSON.stringify(data)).to.deep.equal([0, 202])
    const [id] = posted['events'] as readonly string[]
    const view = await system.operator.messages.event(system.tenant.id, id ?? '')
    expect(view?.type).to.equal('contact.created')
    expect(view?.data).to.include({ first_name: 'Eve' })
  })

  it('trigger signs with test keys that it made, and never with other keys', async () => {
    const args = ['event', 'trigger', 'twilio.message.received', '--yes']
    const none = await json(args)
    expect([none.code, none.error?.code]).to.deep.equal([78, 'NX-TRIGGER-NO-KEY'])
    const { data } = await json([...args, '--new-test-key'])
    const { file } = data['key'] as { file: string }
    expect((await json([...args, '--new-test-key'])).error?.code).to.equal('NX-TRIGGER-KEY-EXISTS')
    await run(['secret', 'set', 'twilio-hook'], { input: 'another-secret' })
    await eventually(async () => expect((await json(args)).code).to.equal(4), 20_000)
    await run(['secret', 'set', 'twilio-hook', '--from', file])
    await eventually(async () => expect((await json(args)).code).to.equal(0), 20_000)
    const other = join(system.settings.dataDir, 'other.pem')
    const { privateKey } = generateKeyPairSync('ed25519')
    await writeFile(other, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
    const wrong = await json(['event', 'trigger', 'gohighlevel.ContactCreate', '--key-file', other, '--yes'])
    expect([wrong.code, wrong.error?.code]).to.deep.equal([78, 'NX-TRIGGER-KEY-OTHER'])
  })

  it('trigger says when no daemon answers, and which name was meant', async () => {
    const dead = `http://127.0.0.1:${await closedPort()}`
    const args = ['event', 'trigger', 'gohighlevel.contact.created', '--key-file', keyFile, '--yes']
    expect((await json([...args, '--url', dead])).code).to.equal(69)
    const wrong = await json(['event', 'trigger', 'gohighlevel.contact.creatde'])
    expect([wrong.code, wrong.error?.fix]).to.deep.equal([66, "Did you mean 'gohighlevel.contact.created'?"])
    const listed = await run(['event', 'trigger', '--list'], { env: { NEURONX_DATABASE_URL: '' } })
    expect(listed.stdout).to.contain('slack.command.received')
  })

  it('--send and viewers: what a role may not do is denied', async () => {
    const viewer = join(system.settings.dataDir, 'viewer')
    await writeFile(viewer, await system.token('viewer'), { mode: 0o600 })
    const asViewer = { env: { NEURONX_TOKEN_FILE: viewer } }
    expect((await json(['adapter', 'list'], asViewer)).code).to.equal(0)
    expect((await json(['adapter', 'test', 'pager'], asViewer)).code).to.equal(77)
    expect((await json(['adapter', 'webhooks', 'sms'], asViewer)).code).to.equal(77)
    expect((await json(['adapter', 'enable', 'sink'], asViewer)).code).to.equal(77)
  })
})
