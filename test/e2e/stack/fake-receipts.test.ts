import { expect } from 'chai'
import type { ChildProcess } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { JsonObject } from '../../../src/kernel/json.ts'
import type { EventView } from '../../../src/messaging/reading/event-reader.ts'
import { buildCli, resultOf, runBuiltCli, startCli } from '../../support/cli/built-cli.ts'
import type { CliResult } from '../../support/cli/built-cli.ts'
import { environmentOf, firstLine } from '../../support/cli/dev-stack.ts'
import { temporaryFolder } from '../../support/cli/temporary-folder.ts'
import { eventually } from '../../support/eventually.ts'
import { basicDocuments } from '../../support/system/running-system.ts'

/** Integration, what makes its test key, where that is kept, and to whom it sends. */
const vendors = [
  { integration: 'wa', trigger: 'whatsapp.message.received', secret: 'wa-app-secret', to: '+14155550123' },
  { integration: 'mail', trigger: 'resend.message.delivered', secret: 'mail-signing', to: 'eve@example.com' },
] as const

const documents = (ghlKey: string): string => `${basicDocuments('http://127.0.0.1:9')}
---
apiVersion: neuronx/v1
kind: Integration
name: wa
connector: whatsapp
connection: { phoneNumberId: '100200300', businessAccountId: '400500600' }
credentials: { accessToken: { secret: never-stored } }
webhooks: { appSecret: { secret: wa-app-secret } }
---
apiVersion: neuronx/v1
kind: Integration
name: mail
connector: resend
connection: { from: 'ada@example.com' }
credentials: { apiKey: { secret: never-stored } }
webhooks: { secret: { secret: mail-signing } }
---
apiVersion: neuronx/v1
kind: Integration
name: ghl
connector: gohighlevel
connection: { locationId: loc-1 }
channels: [sms]
credentials: { accessToken: { secret: never-stored } }
${ghlKey === '' ? '' : `webhooks: { ed25519PublicKey: ${JSON.stringify(ghlKey)} }`}
---
apiVersion: neuronx/v1
kind: RuleSet
name: greet
rules:
  - id: wa
    on: lead.created
    then: [{ call: wa.message.send, with: { to: "+14155550123", text: "Hello {{ lead.id }}" } }]
  - id: mail
    on: lead.created
    then: [{ call: mail.message.send, with: { to: "eve@example.com", subject: Hi, text: "Hello {{ lead.id }}" } }]
  - id: ghl
    on: lead.created
    then: [{ call: ghl.message.send, with: { channel: sms, contact_id: c-1, text: "Hello {{ lead.id }}" } }]
`

describe('Receipts of fakes, through the webhook receiver', function () {
  this.timeout(240_000)
  let place: Awaited<ReturnType<typeof temporaryFolder>>
  let child: ChildProcess
  let ended: Promise<CliResult>
  let env: Record<string, string>
  let config: string

  before(async () => {
    buildCli()
    place = await temporaryFolder()
    const any = ['--http-listen', '127.0.0.1:0', '--ops-listen', '127.0.0.1:0', '--quiet']
    child = startCli(['dev', '--data-dir', place.path, ...any, '--fake', 'whatsapp,resend,gohighlevel'])
    ended = resultOf(child)
    await firstLine(child)
    env = { ...(await environmentOf(join(place.path, 'env'))), NEURONX_TENANT: 'acme' }
    config = join(place.path, 'config')
    await mkdir(join(config, 'tenants', 'acme'), { recursive: true })
    await writeFile(join(config, 'neuronx.yaml'), 'apiVersion: neuronx/v1\nkind: Fleet\nname: test\n')
    await run('tenant', 'create', 'acme')
  })
  after(async () => {
    child.kill('SIGKILL')
    await ended
    await place[Symbol.asyncDispose]()
  })

  async function run(...args: readonly string[]): Promise<JsonObject> {
    const result = await runBuiltCli([...args, '--json'], { env })
    expect(result.code, `${args.join(' ')}: ${result.stdout}${result.stderr}`).to.equal(0)
    return (JSON.parse(result.stdout) as { data: JsonObject }).data
  }

  async function apply(ghlKey: string): Promise<void> {
    await writeFile(join(config, 'tenants', 'acme', 'all.yaml'), documents(ghlKey))
    await run('config', 'apply', config, '--yes')
  }

  /** The first event of this type from this integration, about a lead, that comes while leads are created. */
  async function comesBack(type: string, from: string, first: number): Promise<EventView> {
    const tail = startCli(['event', 'tail', '--type', type, '--json'], { env })
    let told = ''
    tail.stdout?.on('data', (chunk: Buffer) => (told += chunk.toString('utf8')))
    const found = () =>
      told
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as EventView)
        .find(({ source, subject }) => source === `integration/${from}` && subject.kind === 'lead')
    const lead = ['--type', 'lead.created', '--data', '{"name":"Ada"}']
    try {
      // The one who follows may begin after the first receipt.
      for (let id = first; found() === undefined && id < first + 15; id += 1)
        await run('event', 'publish', ...lead, '--subject', `lead/${id}`)
      return (await eventually(() => found() ?? false, 30_000).catch(() => {
        throw new Error(`nothing of ${from} in: ${told}`)
      })) as EventView
    } finally {
      tail.kill('SIGKILL')
    }
  }

  it("WhatsApp and Resend tell of a delivery, of the account that is the integration's own", async () => {
    await apply('')
    for (const { integration, trigger, secret, to } of vendors) {
      await run('event', 'trigger', trigger, '--new-test-key')
      await run(
        'secret',
        'set',
        secret,
        '--from',
        join(place.path, 'test-keys', 'acme', `${integration}.key`),
      )
      const { data } = await comesBack('message.delivered', integration, 1)
      expect([data['to']].flat()).to.deep.equal([to])
      expect(data['commandId']).to.be.a('string')
    }
    // One that names another account would be a dead letter.
    expect((await run('dlq', 'list'))['items']).to.deep.equal([])
  })

  it('GoHighLevel tells of a message that went out', async () => {
    const made = await run('event', 'trigger', 'gohighlevel.message.received', '--new-test-key')
    const key = /-----BEGIN PUBLIC KEY-----[\s\S]*?-----END PUBLIC KEY-----/.exec(
      JSON.stringify(made).replaceAll('\\n', '\n'),
    )
    await apply(`${key?.[0] ?? ''}\n`)
    const { subject, data } = await comesBack('message.sent', 'ghl', 100)
    expect(subject.id).to.equal('c-1')
    expect(data).to.deep.include({ contact_id: 'c-1', channel: 'sms' })
    expect(data['text']).to.match(/^Hello 1\d\d$/)
  })
})
