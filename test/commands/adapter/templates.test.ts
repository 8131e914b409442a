import { expect } from 'chai'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { JsonObject } from '../../../src/kernel/json.ts'
import { buildCli, runBuiltCli } from '../../support/cli/built-cli.ts'
import type { CliOptions } from '../../support/cli/built-cli.ts'
import { eventually } from '../../support/eventually.ts'
import { basicDocuments, leadCreated, postEvents, startSystem } from '../../support/system/running-system.ts'
import type { RunningSystem } from '../../support/system/running-system.ts'

const token = 'a-very-secret-token-of-2026'
const account = 'AC00000000000000000000000000000000'
const documents = (graph: string): string => `
---
apiVersion: neuronx/v1
kind: Integration
name: sms
connector: twilio
connection: { accountSid: ${account}, from: '+15005550006' }
credentials: { authToken: { secret: a-token } }
---
apiVersion: neuronx/v1
kind: Integration
name: wa
connector: whatsapp
connection: { phoneNumberId: '100000000000002', businessAccountId: '100000000000003', baseUrl: "${graph}" }
credentials: { accessToken: { secret: a-token } }
---
apiVersion: neuronx/v1
kind: Template
name: welcome
params: [name, code]
channels:
  sms: { text: "Hi {{ params.name }} of {{ tenant }}, your code is {{ params.code }}" }
  whatsapp: { name: welcome_v3, language: en, params: [code, name], by: place }
---
{ apiVersion: neuronx/v1, kind: Template, name: heat, channels: { sms: { text: '{{ lead.score | round }} points' } } }
---
apiVersion: neuronx/v1
kind: Template
name: gone
channels: { whatsapp: { name: goodbye, language: en } }
`
interface Answer {
  readonly code: number | null
  readonly data: JsonObject
  readonly error?: { readonly code: string; readonly fix: string }
}

describe('neuronx adapter test with templates', function () {
  this.timeout(240_000)
  let system: RunningSystem
  let env: Record<string, string>
  let graph: Server
  let status = 'APPROVED'
  let refuse = false
  const asked: string[] = []
  const said: string[] = []

  before(async () => {
    buildCli()
    graph = createServer((request, response) => {
      const url = new URL(request.url ?? '', 'http://x')
      asked.push(`${request.method} ${url.pathname} ${url.searchParams.get('after')}`)
      if (refuse || request.headers.authorization !== `Bearer ${token}`) {
        response.writeHead(401, { 'content-type': 'application/json' })
        return response.end('{"error":{"code":190,"message":"no"}}')
      }
      const item = (name: string, text: string) => ({
        name,
        language: 'en',
        status,
        category: 'UTILITY',
        parameter_format: 'POSITIONAL',
        components: [{ type: 'BODY', text }],
      })
      // As Meta does: the last page that has something still names what comes after it.
      const pages: Record<string, [JsonObject['data'], string?]> = {
        p1: [[item('other', 'x')], 'p2'],
        p2: [[item('welcome_v3', 'Code {{1}} for {{2}}'), 'odd'], 'p3'],
        p3: [[]],
      }
      const [data, next] = pages[url.searchParams.get('after') ?? 'p1'] ?? []
      response.writeHead(200, { 'content-type': 'application/json' })
      const paging = next === undefined ? {} : { paging: { cursors: { before: 'x', after: next } } }
      return response.end(JSON.stringify({ data, ...paging }))
    }).listen(0, '127.0.0.1')
    await new Promise((done) => graph.once('listening', done))
    system = await startSystem()
    const address = `http://127.0.0.1:${(graph.address() as AddressInfo).port}`
    const fading = 'factors:\n  - { id: new, on: lead.created, points: 80, decay: { half_life: 1s } }'
    await system.apply(basicDocuments(system.vendor.url).replace('factors:', fading) + documents(address))
    env = {
      NEURONX_DATABASE_URL: system.settings.databaseUrl ?? '',
      NEURONX_MASTER_KEY_FILE: system.settings.masterKeyFile ?? '',
      NEURONX_DATA_DIR: system.settings.dataDir,
      NEURONX_EGRESS_ALLOW_PRIVATE: 'true',
      NEURONX_TENANT: 'acme',
    }
    await run(['secret', 'set', 'a-token'], { input: token })
    const producer = await system.token('ingest')
    const daemon = await system.daemon()
    const posted = await postEvents(daemon.url, producer, leadCreated('ada'))
    expect(posted.status).to.equal(202)
    await eventually(async () => {
      const ada = await system.operator.entities.byId(system.tenant.id, 'default', {
        kind: 'lead',
        id: 'ada',
      })
      expect(ada?.fields).to.be.an('object')
    }, 20_000)
  })
  after(async () => {
    await system[Symbol.asyncDispose]()
    graph.closeAllConnections()
    graph.close()
  })
  afterEach(() => expect(said.join('\n')).to.not.contain(token))

  async function run(args: readonly string[], options: CliOptions = {}) {
    const result = await runBuiltCli(args, { ...options, env: { ...env, ...options.env } })
    said.push(result.stdout, result.stderr)
    return result
  }
  async function json(args: readonly string[], options: CliOptions = {}): Promise<Answer> {
    const result = await run([...args, '--json'], options)
    return { code: result.code, ...(JSON.parse(result.stdout) as Omit<Answer, 'code'>) }
  }
  const preview = async (name: string, args: readonly string[], input = '{}') => {
    const all = ['adapter', 'test', name, '--render', 'message.send', '--with', '-', ...args]
    const { code, data, error } = await json(all, { input })
    return { code, error, shown: data?.['preview'] as JsonObject }
  }
  const codes = (shown: JsonObject) =>
    (shown['findings'] as readonly JsonObject[]).map(
      ({ severity, code, path }) => `${severity} ${code} ${path}`,
    )

  it('shows a message as a lead gets it, its segments, and the exact request without secrets', async () => {
    const input = '{"params":{"name":"{{ lead.id }} \\u2019","code":7},"to":"+14155550100"}'
    const { code, shown } = await preview('sms', ['--template', 'welcome', '--about', 'lead/ada'], input)
    const text = 'Hi {{ lead.id }} ’ of acme, your code is 7'
    expect(code, JSON.stringify(shown)).to.equal(0)
    expect(shown).to.deep.include({ about: 'lead/ada', channel: 'sms', findings: [] })
    expect(shown['message']).to.include({ text })
    expect(shown['sms']).to.deep.include({ encoding: 'UCS-2', segments: 1, because: ['’'] })
    const request = shown['request'] as JsonObject
    expect(new URLSearchParams(request['body'] as string).get('Body')).to.equal(text)
    expect((request['headers'] as JsonObject)['authorization']).to.equal('Basic [secret]')
    const page = await run(
      ['adapter', 'test', 'sms', '--render', 'message.send', '--template', 'welcome', '--with', '-'],
      { input },
    )
    expect(page.stdout).to.contain('because of ’ (U+2019)').and.contain('POST https://api.twilio.com/')
  })

  it('takes what is not given from the lead, and says what is missing, empty and unknown', async () => {
    const own = await preview(
      'sms',
      ['--template', 'welcome'],
      '{"lead":{"name":"Ada","code":"7"},"to":"+14155550100"}',
    )
    expect(own.code).to.equal(0)
    expect(own.shown['params']).to.deep.equal([
      { name: 'name', value: 'Ada', from: 'lead.name', place: null },
      { name: 'code', value: '7', from: 'lead.code', place: null },
    ])
    const missing = await preview('sms', ['--template', 'welcome'], '{"params":{"name":"A","cod":1}}')
    expect(missing.code).to.equal(65)
    expect(codes(missing.shown)).to.deep.equal([
      'error NX-TEMPLATE-PARAM params.cod',
      'error NX-TEMPLATE-PARAM params',
    ])
    const empty = await preview(
      'wa',
      ['--template', 'welcome'],
      '{"params":{"name":"A","code":" "},"to":"+14155550100"}',
    )
    expect(empty.code).to.equal(65)
    expect(codes(empty.shown)).to.include('error NX-PREVIEW-EMPTY params.code')
    const long = await preview(
      'sms',
      ['--template', 'welcome'],
      `{"params":{"name":"${'x'.repeat(2_000)}","code":1}}`,
    )
    expect(codes(long.shown)).to.deep.equal([
      'error NX-PREVIEW-LENGTH channels.sms.text',
      'warning NX-PREVIEW-TO to',
    ])
  })

  it('knows the lead as it is now, its score faded', async () => {
    const message = async (): Promise<unknown> =>
      (await preview('sms', ['--template', 'heat', '--about', 'lead/ada'])).shown['message']
    await eventually(async () => expect(await message()).to.have.property('text', '0 points'), 30_000)
  })

  it('refuses what a send would be refused for, and what it cannot read', async () => {
    const said = '"params":{"name":"A","code":1},"to":"+14155550100"'
    const words = await preview('sms', ['--template', 'welcome'], `{${said},"text":"Hi {{ x }}"}`)
    expect([words.code, codes(words.shown)]).to.deep.equal([65, ['error NX-SEND-TEMPLATE text']])
    expect(words.shown['request']).to.equal(null)
    const beside = await preview(
      'sms',
      ['--template', 'welcome'],
      `{${said},"attachments":["https://x.example/{{ lead.id }}"]}`,
    )
    expect([beside.code, codes(beside.shown)]).to.deep.equal([0, []])
    expect(
      new URLSearchParams((beside.shown['request'] as JsonObject)['body'] as string).get('MediaUrl'),
    ).to.equal('https://x.example/{{ lead.id }}')
    for (const wrong of ['{"params":["A",1]}', '{"lead":"Ada"}', '{"parms":{"name":"A"}}', '{"deal":{}}']) {
      const { code, error } = await preview('sms', ['--template', 'welcome'], wrong)
      expect([code, error?.code]).to.deep.equal([65, 'NX-ADAPTER-INPUT'])
    }
  })

  it("shows the vendor's template with its parameters by name and place", async () => {
    const input = '{"params":{"name":"Ada\\nBcc: x","code":7},"to":"+14155550100"}'
    const { code, shown } = await preview('wa', ['--template', 'welcome'], input)
    expect(code, JSON.stringify(shown)).to.equal(0)
    expect(shown).to.deep.include({
      message: null,
      vendorTemplate: { name: 'welcome_v3', language: 'en', by: 'place' },
    })
    expect((shown['params'] as readonly JsonObject[]).map(({ name, place }) => [name, place])).to.deep.equal([
      ['name', 2],
      ['code', 1],
    ])
    const body = JSON.parse((shown['request'] as JsonObject)['body'] as string) as { template: JsonObject }
    expect(body.template['components']).to.deep.equal([
      {
        type: 'body',
        parameters: [
          { type: 'text', text: '7' },
          { type: 'text', text: 'Ada Bcc: x' },
        ],
      },
    ])
  })

  it('reads a working copy, and says what is not there', async () => {
    const dir = join(system.settings.dataDir, 'copy')
    await mkdir(join(dir, 'tenants', 'acme'), { recursive: true })
    const text =
      basicDocuments(system.vendor.url) + documents('http://127.0.0.1:9').replace('Hi {{', 'Hello {{')
    await writeFile(join(dir, 'neuronx.yaml'), 'apiVersion: neuronx/v1\nkind: Fleet\nname: test\n')
    await writeFile(join(dir, 'tenants', 'acme', 'all.yaml'), text)
    const input = '{"params":{"name":"A","code":1},"to":"+14155550100"}'
    const { shown, error } = await preview('sms', ['--template', 'welcome', '--dir', dir], input)
    expect(error).to.equal(undefined)
    expect((shown['message'] as JsonObject)['text']).to.match(/^Hello A/)
    const wrong = await preview('sms', ['--template', 'welcom'])
    expect([wrong.code, wrong.error?.fix]).to.deep.equal([66, "Did you mean 'welcome'?"])
    const connector = await preview('whatsapp', ['--template', 'welcome'])
    expect(connector.error?.fix).to.equal('It is a connector: neuronx adapter show whatsapp --connector')
    const nobody = await preview('sms', ['--template', 'welcome', '--about', 'lead/nobody'])
    expect([nobody.code, nobody.error?.code]).to.deep.equal([66, 'NX-ENTITY-NOT-FOUND'])
    const other = await preview('sms', ['--template', 'gone'])
    expect([other.code, other.error?.code]).to.deep.equal([64, 'NX-ADAPTER-CHANNEL'])
    expect((await json(['adapter', 'test', 'sms', '--template', 'welcome'])).code).to.equal(64)
  })

  it('compares every document with what the vendor keeps, over all pages', async () => {
    const { code, data } = await json(['adapter', 'test', 'wa', '--templates'])
    const report = data['templates'] as JsonObject
    expect(code, JSON.stringify(report)).to.equal(2)
    expect(report).to.include({ state: 'different', kept: 3, unreadable: 1 })
    expect(asked).to.deep.equal([
      'GET /100000000000003/message_templates null',
      'GET /100000000000003/message_templates p2',
      'GET /100000000000003/message_templates p3',
    ])
    const compared = report['templates'] as readonly { template: string; findings: readonly JsonObject[] }[]
    expect(
      compared.map(({ template, findings }) => [template, findings.map((one) => one['code'])]),
    ).to.deep.equal([
      ['gone', ['NX-VENDOR-TEMPLATE-MISSING']],
      ['welcome', []],
    ])
    status = 'PAUSED'
    const page = await run(['adapter', 'test', 'wa', '--templates'])
    expect(page.code).to.equal(2)
    expect(page.stdout).to.contain('error NX-VENDOR-TEMPLATE-STATUS Template/welcome.channels.whatsapp.name')
    status = 'APPROVED'
  })

  it('says when the list cannot be read, or there is none', async () => {
    refuse = true
    const { code, data } = await json(['adapter', 'test', 'wa', '--templates'])
    expect(code).to.equal(78)
    expect(data['templates']).to.deep.include({ state: 'unread', code: 'NX-CALL-CREDENTIALS', templates: [] })
    refuse = false
    const none = await json(['adapter', 'test', 'sms', '--templates'])
    expect([none.code, none.error?.code]).to.deep.equal([78, 'NX-ADAPTER-NO-TEMPLATES'])
  })
})
