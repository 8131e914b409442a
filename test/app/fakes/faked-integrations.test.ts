import { expect } from 'chai'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { compileIntegration } from '../../../src/adapters/connectors/compile-integrations.ts'
import { noAccessTokens } from '../../../src/adapters/connectors/auth/access-tokens.ts'
import type { TokenAuth } from '../../../src/adapters/connectors/definition/auth-definition.ts'
import type { Integration } from '../../../src/adapters/connectors/integration.ts'
import { integrationSchema } from '../../../src/adapters/connectors/integration-schema.ts'
import { fakeNames, fakeVendorServer } from '../../../src/adapters/connectors/fakes/known-fakes.ts'
import { OutgoingClient } from '../../../src/adapters/http/outgoing-client.ts'
import { fakedIntegration } from '../../../src/app/fakes/faked-integration.ts'
import { fakesBeside, readFakes, removeFakes, writeFakes } from '../../../src/app/fakes/fakes-file.ts'
import { requireRealVendor } from '../../../src/app/fakes/require-real-vendor.ts'
import { FakedVendors } from '../../../src/app/fakes/faked-vendors.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import type { JsonObject } from '../../../src/kernel/json.ts'
import { documents } from '../../adapters/connectors/fakes/fake-setup.ts'
import { projectRoot } from '../../support/cli/built-cli.ts'
import { temporaryFolder } from '../../support/cli/temporary-folder.ts'

const integrationOf = (connector: string, change: JsonObject = documents[connector] ?? {}): Integration =>
  compileIntegration(
    integrationSchema.parse({
      apiVersion: 'neuronx/v1',
      kind: 'Integration',
      name: 'it',
      connector,
      ...change,
    }),
  )
const url = `http://127.0.0.1:65000/${'0'.repeat(32)}`
const owner = { tenantId: 't', workspace: 'default', integration: 'it' }

describe('Integrations beside neuronx dev --fake', () => {
  for (const name of fakeNames) {
    it(`no address of ${name} leads away from its fake`, () => {
      const faked = fakedIntegration(integrationOf(name), url, 'acme')
      const { baseUrl, auth } = faked
      const addresses = [baseUrl, ...('tokenUrl' in auth ? [auth.tokenUrl] : [])]
      for (const address of addresses)
        expect(address).to.match(/^http:\/\/127\.0\.0\.1:65000\/0{32}\/_to\/acme\/it(\/|$)/)
      expect(JSON.stringify(auth)).to.not.match(/https:/)
    })
  }

  it('leads an address that the document gives itself to the fake as well', () => {
    const own = { connection: { locationId: 'loc-1', baseUrl: 'https://proxy.example.com/ghl' } }
    const { baseUrl } = fakedIntegration(
      integrationOf('gohighlevel', { ...documents['gohighlevel'], ...own }),
      url,
      'a b',
    )
    // Without the path of the proxy: the fake knows the vendor's own.
    expect(baseUrl).to.equal(`${url}/_to/a%20b/it`)
  })

  it('leaves every other integration as it is', async () => {
    await using client = new OutgoingClient({ allowPrivate: true })
    const twilio = integrationOf('twilio')
    const sources = {
      integrations: { integration: async () => twilio },
      secrets: { resolve: async () => null },
      accessTokens: noAccessTokens,
    }
    const how = { client, clock: systemClock, slugOf: () => 'acme' }
    const slack = new FakedVendors(new Map([['slack', url]])).reach(sources, how)
    expect(await slack.integrations.integration('t', 'default', 'it')).to.equal(twilio)
  })

  it('uses a secret that is stored, and makes up one that is not', async () => {
    await using client = new OutgoingClient({ allowPrivate: true })
    const stored = new Set(['a'])
    const reached = new FakedVendors(new Map([['slack', url]])).reach(
      {
        integrations: { integration: async () => integrationOf('slack') },
        secrets: { resolve: async (_tenant, name) => (stored.has(name) ? 'x' : null) },
        accessTokens: noAccessTokens,
      },
      { client, clock: systemClock, slugOf: () => 'acme' },
    )
    const token = async () =>
      (await reached.integrations.integration('t', 'default', 'it'))?.credentials['botToken']
    expect(await token()).to.deep.equal({ secret: 'a' })
    stored.clear()
    expect(await token()).to.deep.equal({ value: 'fake-acme-it-botToken' })
  })

  it('keeps tokens of fakes apart: asked for once, again when they were refused, and never from the real store', async () => {
    await using client = new OutgoingClient({ allowPrivate: true })
    await using fake = await fakeVendorServer('teams').start()
    const real: string[] = []
    const reached = new FakedVendors(new Map([['teams', fake.url]])).reach(
      {
        integrations: { integration: async () => integrationOf('teams') },
        secrets: { resolve: async () => 'x' },
        accessTokens: {
          get: async () => (real.push('get'), { state: 'refused', code: 'x', message: 'x' }),
          invalidate: async () => void real.push('invalidate'),
        },
      },
      { client, clock: systemClock, slugOf: () => 'acme' },
    )
    const faked = await reached.integrations.integration('t', 'default', 'it')
    const auth = faked?.auth as TokenAuth
    const get = async () =>
      await reached.accessTokens.get(
        owner,
        auth,
        { clientId: 'c', fakeClientSecret: 's' },
        faked?.connection ?? {},
        new AbortController().signal,
      )
    const [first, second] = await Promise.all([get(), get()])
    expect(first).to.deep.equal(second).and.to.include({ state: 'token' })
    expect(fake.received).to.equal(1)
    if (first?.state !== 'token') throw new Error('There is no token')
    // Two calls were under way with it when it was revoked.
    await reached.accessTokens.invalidate(owner, first.version)
    await reached.accessTokens.invalidate(owner, first.version)
    expect(await get())
      .to.include({ state: 'token' })
      .and.not.include({ token: first.token })
    expect(real).to.deep.equal([])
    await reached.accessTokens.get(
      owner,
      { ...auth, tokenUrl: 'https://login.example/token' },
      {},
      {},
      new AbortController().signal,
    )
    expect(real).to.deep.equal(['get'])
  })

  it('leaves real logins alone while a fake stands in', async () => {
    const integrations = { integration: async () => integrationOf('teams') }
    const left = async (name: string) =>
      await new FakedVendors(new Map([[name, url]])).without(integrations).integration('t', 'default', 'it')
    expect(await left('teams')).to.equal(null)
    expect((await left('slack'))?.name).to.equal('it')
  })
})

describe('fakes.json', () => {
  const database = 'postgres://neuronx:p4ss@127.0.0.1:5555/neuronx'

  it('is for commands on the very same database, and holds no password', async () => {
    await using place = await temporaryFolder()
    const settings = { dataDir: place.path, databaseUrl: database }
    expect(await fakesBeside(settings)).to.equal(undefined)
    await writeFakes(place.path, database, new Map([['slack', url]]))
    expect((await fakesBeside(settings))?.urls).to.deep.equal(new Map([['slack', url]]))
    // Others on the very same port (a tunnel to production), or the same under another name.
    for (const [other, is] of [
      ['postgres://prod.example/neuronx', false],
      ['postgres://neuronx:other@127.0.0.1:5555/neuronx', false],
      ['postgres://neuronx@127.0.0.1:5555/neuronx', false],
      ['postgres://neuronx:p4ss@localhost:5555/neuronx?sslmode=disable', true],
    ] as const)
      expect((await fakesBeside({ ...settings, databaseUrl: other })) !== undefined, other).to.equal(is)
    expect(await fakesBeside({ ...settings, databaseUrl: null })).to.equal(undefined)
    expect(await readFile(join(place.path, 'fakes.json'), 'utf8')).to.not.contain('p4ss')
    await removeFakes(place.path)
    expect(await readFakes(place.path)).to.equal(null)
  })

  it('stops what only the vendor itself can do, for those that a fake stands in for', async () => {
    await using place = await temporaryFolder()
    const settings = { dataDir: place.path, databaseUrl: database }
    const ask = async (name: string, databaseUrl = database) =>
      await requireRealVendor({ ...settings, databaseUrl }, integrationOf(name), 'why').then(
        () => 'goes on',
        (error: { code: string }) => error.code,
      )
    expect(await ask('slack')).to.equal('goes on')
    await writeFakes(place.path, database, new Map([['slack', url]]))
    expect(await ask('slack')).to.equal('NX-FAKE-INSTEAD')
    expect(await ask('twilio')).to.equal('goes on')
    expect(await ask('slack', 'postgres://neuronx:other@127.0.0.1:5555/neuronx')).to.equal('goes on')
  })

  it('leads nowhere but to this machine, whoever wrote it', async () => {
    await using place = await temporaryFolder()
    for (const elsewhere of [
      'http://attacker.example',
      `http://127.0.0.1:1@attacker.example/${'0'.repeat(32)}`,
    ]) {
      await writeFakes(place.path, database, new Map([['slack', elsewhere]]))
      let code = ''
      await readFakes(place.path).catch((error: { code: string }) => (code = error.code))
      expect(code, elsewhere).to.equal('NX-FAKE-FILE')
    }
  })
})

describe('daemon run', () => {
  it('has no way to a fake: only dev hands them to a daemon', async () => {
    const files = await readdir(join(projectRoot, 'src'), { recursive: true })
    const given: string[] = []
    for (const file of [
      ...files.map((name) => join('src', name)),
      'daemon/run-daemon.ts',
      'commands/daemon/run.ts',
    ]) {
      if (!file.endsWith('.ts')) continue
      const text = await readFile(join(projectRoot, file), 'utf8')
      if (/new FakedVendors\(|startDevFakes\(/.test(text)) given.push(file)
    }
    expect(given.toSorted()).to.deep.equal([
      'src/app/dev.ts',
      'src/app/fakes/dev-fakes.ts',
      'src/app/fakes/fakes-file.ts',
    ])
    expect(await readFile(join(projectRoot, 'src/app/config/settings.ts'), 'utf8')).to.not.match(/fake/i)
  })
})
