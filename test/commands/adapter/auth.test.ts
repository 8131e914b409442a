import { expect } from 'chai'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import type { ChildProcess } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildCli, resultOf, runBuiltCli, startCli } from '../../support/cli/built-cli.ts'
import type { CliOptions } from '../../support/cli/built-cli.ts'
import { createTestDatabase, querySuperuser } from '../../support/database.ts'
import type { TestDatabase } from '../../support/database.ts'
import { eventually } from '../../support/eventually.ts'
import { FakeAuthorizationServer } from '../../support/oauth/fake-authorization-server.ts'

const integrations = (origin: string): string => `apiVersion: neuronx/v1
kind: Integration
name: crm
connector: http
connection: { baseUrl: '${origin}' }
auth:
  kind: oauth2
  grant: authorization_code
  authorizeUrl: '${origin}/authorize'
  tokenUrl: '${origin}/token'
  clientId: client-1
  clientSecret: { secret: crm-client-secret }
  pkce: true
operations:
  lead.read: { method: GET, path: /leads, effect: read }
---
apiVersion: neuronx/v1
kind: Integration
name: pager
connector: http
connection: { baseUrl: '${origin}' }
auth: { kind: bearer, token: { secret: pager-token } }
operations:
  page: { method: POST, path: /page, effect: send }
`

interface Answer {
  readonly code: number | null
  readonly data: Record<string, unknown>
  readonly error?: { readonly code: string }
}

/** What a browser does with an address: follows redirects, keeps cookies. */
async function browse(address: string, cookie = ''): Promise<number> {
  const [status, location, set] = await new Promise<[number, string | undefined, string]>(
    (resolve, reject) => {
      request(address, { headers: { cookie } }, (response) => {
        response.resume()
        resolve([
          response.statusCode ?? 0,
          response.headers.location,
          String(response.headers['set-cookie'] ?? '').split(';')[0] ?? '',
        ])
      })
        .on('error', reject)
        .end()
    },
  )
  return location === undefined ? status : await browse(location, set === '' ? cookie : set)
}

describe('neuronx adapter auth', function () {
  this.timeout(180_000)
  let database: TestDatabase
  let folder: string
  let server: FakeAuthorizationServer
  let env: Record<string, string>
  const clientSecret = 'very-secret-client-secret'
  /** All that any command has said. */
  const said: string[] = []

  before(async () => {
    buildCli()
    database = await createTestDatabase()
    server = await new FakeAuthorizationServer().start()
    folder = await mkdtemp(join(tmpdir(), 'nx-auth-'))
    await writeFile(join(folder, 'old.key'), randomBytes(32), { mode: 0o600 })
    await writeFile(join(folder, 'new.key'), randomBytes(32), { mode: 0o600 })
    env = {
      NEURONX_DATABASE_URL: database.url,
      NEURONX_MASTER_KEY_FILE: join(folder, 'old.key'),
      NEURONX_EGRESS_ALLOW_PRIVATE: 'true',
      NEURONX_TENANT: 'acme',
    }
    await mkdir(join(folder, 'config/tenants/acme'), { recursive: true })
    await writeFile(join(folder, 'config/neuronx.yaml'), 'apiVersion: neuronx/v1\nkind: Fleet\nname: test\n')
    await writeFile(join(folder, 'config/tenants/acme/integrations.yaml'), integrations(server.origin))
    await json(['tenant', 'create', 'acme', '--name', 'Acme'])
    const applied = await json(['config', 'apply', join(folder, 'config'), '--yes', '--reason', 'test'])
    expect(applied.error).to.equal(undefined)
  })
  after(async () => {
    await server[Symbol.asyncDispose]()
    await database.drop()
    await rm(folder, { recursive: true, force: true })
  })
  afterEach(() => {
    for (const secret of [...server.secrets, clientSecret]) expect(said.join('\n')).to.not.contain(secret)
  })

  async function json(args: readonly string[], options: CliOptions = {}): Promise<Answer> {
    const result = await runBuiltCli([...args, '--json'], { ...options, env: { ...env, ...options.env } })
    said.push(result.stdout, result.stderr)
    return { code: result.code, ...(JSON.parse(result.stdout) as Omit<Answer, 'code'>) }
  }

  async function text(args: readonly string[]): Promise<string> {
    const result = await runBuiltCli(args, { env })
    said.push(result.stdout, result.stderr)
    return result.stdout
  }

  /** The address that a running login shows. */
  async function addressOf(child: ChildProcess): Promise<string> {
    let shown = ''
    child.stderr?.on('data', (chunk: Buffer) => (shown += chunk.toString()))
    await eventually(() => expect(shown).to.match(/http:\/\/\S+\n/), 30_000)
    return /http:\/\/\S+/.exec(shown)![0]
  }

  const stateOf = async (name: string): Promise<unknown> => {
    const { data } = await json(['adapter', 'auth', 'status', name])
    return (data['integrations'] as readonly { state: string }[])[0]?.state
  }

  it('says what is missing before anybody logs in', async () => {
    expect(await text(['adapter', 'auth', 'status'])).to.match(
      /crm\s+oauth2 authorization_code\s+secret_missing/,
    )
    expect((await json(['adapter', 'auth', 'login', 'crm'])).error?.code).to.equal('NX-SECRET-MISSING')
    await json(['secret', 'set', 'crm-client-secret'], { input: `${clientSecret}\n` })
    expect(await stateOf('crm')).to.equal('login_needed')
    expect((await json(['adapter', 'auth', 'login', 'pager'])).error?.code).to.equal('NX-AUTH-STATIC')
    expect((await json(['adapter', 'auth', 'login', 'crn'])).error?.code).to.equal('NX-INTEGRATION-NOT-FOUND')
    expect((await json(['adapter', 'auth', 'status', 'crn'])).error?.code).to.equal(
      'NX-INTEGRATION-NOT-FOUND',
    )
  })

  it('logs in through a browser of this machine, with nothing of the login in the process list', async () => {
    const child = startCli(['adapter', 'auth', 'login', 'crm', '--json'], { env })
    const ended = resultOf(child)
    const address = await addressOf(child)
    const words = (await readFile(`/proc/${child.pid}/cmdline`, 'utf8').catch(() => '')) + address
    expect(words).to.not.match(/state|code|client-1/)
    expect(await browse(address)).to.equal(200)
    const result = await ended
    said.push(result.stdout, result.stderr)
    expect(result.code, result.stderr).to.equal(0)
    expect((JSON.parse(result.stdout) as Answer).data).to.deep.include({
      integration: 'crm',
      renewable: true,
    })
    expect(await stateOf('crm')).to.equal('ok')
    expect(await text(['adapter', 'auth', 'status', 'crm'])).to.match(
      /crm\s+oauth2 authorization_code\s+ok[^]*Scopes: contacts.write messages.write/,
    )
  })

  it('logs in by hand, on a machine without a browser', async () => {
    const redirect = 'https://acme.example/oauth'
    const child = startCli(['adapter', 'auth', 'login', 'crm', '--paste', '--redirect-uri', redirect], {
      env,
    })
    const ended = resultOf(child)
    const back = server.consent(new URL(await addressOf(child)))
    expect(back.origin).to.equal('https://acme.example')
    child.stdin?.write(`${back.href}\n`)
    const result = await ended
    said.push(result.stdout, result.stderr.replaceAll(/http:\S+/g, ''))
    expect(result.code, result.stderr).to.equal(0)
    expect(result.stdout).to.match(
      /crm \(workspace default\) is logged in\nThe token ends in \S+ and is refreshed by itself/,
    )
    const rows = await querySuperuser<{ version: number }>(
      database,
      'select version from integration_credential',
    )
    expect(rows).to.deep.equal([{ version: '2' }])
  })

  it('refuses what another login was answered', async () => {
    const child = startCli(['adapter', 'auth', 'login', 'crm', '--paste', '--json'], { env })
    const ended = resultOf(child)
    const back = server.consent(new URL(await addressOf(child)))
    back.searchParams.set('state', 'another')
    child.stdin?.end(`${back.href}\n`)
    const result = await ended
    expect((JSON.parse(result.stdout) as Answer).error?.code).to.equal('NX-AUTH-STATE')
  })

  it('exchanges the master key in two halves, and what is stored goes on working', async () => {
    const fresh = { NEURONX_MASTER_KEY_FILE: join(folder, 'new.key') }
    const { data } = await json(['adapter', 'auth', 'rotate', '--new-key-file', join(folder, 'new.key')])
    expect(data).to.deep.include({ done: 'resealed', dataKeys: 1, secrets: 0 })
    const retire = ['adapter', 'auth', 'rotate', '--retire', String(data['from'])]
    expect((await json(retire)).error?.code, 'with the old key still configured').to.equal(
      'NX-MASTER-KEY-SAME',
    )
    expect((await json(retire, { env: fresh })).data).to.deep.include({ done: 'retired', dropped: 1 })
    const child = startCli(['adapter', 'auth', 'login', 'crm', '--json'], { env: { ...env, ...fresh } })
    const ended = resultOf(child)
    expect(await browse(await addressOf(child))).to.equal(200)
    expect((await ended).code).to.equal(0)
    expect((await json(['adapter', 'auth', 'login', 'crm'])).error?.code, 'the old key').to.equal(
      'NX-SECRET-KEY',
    )
    expect((await json(['adapter', 'auth', 'rotate'])).error?.code).to.equal('NX-MASTER-KEY-WISH')
  })

  it('forgets the tokens of an integration, once it is sure', async () => {
    expect((await json(['adapter', 'auth', 'logout', 'crm'])).error?.code).to.equal('NX-CONFIRM')
    const { data } = await json(['adapter', 'auth', 'logout', 'crm', '--yes', '--reason', 'left'])
    expect(data).to.deep.equal({ integration: 'crm', workspace: 'default' })
    expect(await stateOf('crm')).to.equal('login_needed')
    expect((await json(['adapter', 'auth', 'logout', 'crm', '--yes'])).error?.code).to.equal(
      'NX-AUTH-NO-LOGIN',
    )
  })
})
