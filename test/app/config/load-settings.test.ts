import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import { loadSettings } from '../../../src/app/config/load-settings.ts'
import { redactUrl } from '../../../src/app/config/redact-url.ts'
import { NxError } from '../../../src/kernel/errors.ts'

/** A folder that is a git root, with a folder inside it, and a home of its own. */
async function setup(): Promise<{
  root: string
  inner: string
  environment: Record<string, string>
  [Symbol.asyncDispose](): Promise<void>
}> {
  const base = await mkdtemp(join(tmpdir(), 'nx-settings-'))
  const root = join(base, 'checkout')
  const inner = join(root, 'a', 'b')
  await mkdir(inner, { recursive: true })
  await mkdir(join(root, '.git'))
  return {
    root,
    inner,
    environment: { HOME: join(base, 'home'), XDG_CONFIG_HOME: join(base, 'xdg') },
    [Symbol.asyncDispose]: async () => rm(base, { recursive: true, force: true }),
  }
}

async function failure(work: Promise<unknown>): Promise<NxError> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof NxError)) throw new Error(`expected an NxError, got ${String(error)}`)
  return error
}

describe('loadSettings', () => {
  it('takes the address by which vendors know the gateway, and nothing that is more or less than an origin', async () => {
    await using place = await setup()
    const load = async (url: string) =>
      await loadSettings({ ...place.environment, NEURONX_PUBLIC_URL: url }, place.inner)
    expect((await load('https://hooks.example.com')).publicUrl).to.equal('https://hooks.example.com')
    expect((await load('http://10.0.0.1:8080/')).publicUrl).to.equal('http://10.0.0.1:8080/')
    for (const wrong of [
      'hooks.example.com',
      'https://a:b@c.de',
      'https://c.de/v1',
      'https://c.de?x',
      'ftp://c.de',
    ])
      expect((await failure(load(wrong))).where?.path, wrong).to.equal('NEURONX_PUBLIC_URL')
    await writeFile(join(place.root, '.neuronxrc.yaml'), 'http: { publicUrl: https://file.example.com }\n')
    expect((await loadSettings(place.environment, place.inner)).publicUrl).to.equal(
      'https://file.example.com',
    )
  })

  it('has a default or null for everything', async () => {
    await using place = await setup()
    expect(await loadSettings(place.environment, place.inner)).to.deep.equal({
      databaseUrl: null,
      databaseOwnerUrl: null,
      natsUrl: null,
      bus: {
        access: { credentials: { kind: 'none' }, tls: null },
        streams: {
          replicas: 1,
          storage: 'file',
          eventsAgeMsMax: 259_200_000,
          eventsBytesMax: 1_073_741_824,
          ingestBytesMax: 268_435_456,
          duplicateWindowMs: 120_000,
        },
        prefetchBytesMax: 67_108_864,
      },
      retention: { eventsMs: 400 * 86_400_000 },
      sources: [],
      dataDir: join(place.inner, '.neuronx'),
      httpListen: { host: '127.0.0.1', port: 8080 },
      publicUrl: null,
      opsListen: { host: '127.0.0.1', port: 9464 },
      egressAllowPrivate: false,
      masterKeyFile: null,
      tenant: null,
      tokenFile: null,
      logLevel: 'info',
      file: null,
    })
  })

  it('lets a flag win over the environment, and that over the file', async () => {
    await using place = await setup()
    await writeFile(
      join(place.root, '.neuronxrc.yaml'),
      'tenant: from-file\nlogLevel: warn\nnats: { url: nats://file:4222 }\n',
    )
    const environment = { ...place.environment, NEURONX_TENANT: 'from-env', NEURONX_LOG_LEVEL: 'error' }
    const settings = await loadSettings(environment, place.inner, { tenant: 'from-flag' })
    expect([settings.tenant, settings.logLevel, settings.natsUrl]).to.deep.equal([
      'from-flag',
      'error',
      'nats://file:4222',
    ])
  })

  it('takes the nearest file up to the git root, and reads its paths relative to it', async () => {
    await using place = await setup()
    await writeFile(join(place.root, 'neuronx.config.yaml'), 'tenant: outer\n')
    await writeFile(
      join(place.root, 'a', '.neuronxrc.yaml'),
      'tenant: nearest\ndataDir: data\nmasterKeyFile: keys/k\n',
    )
    const settings = await loadSettings(place.environment, place.inner)
    expect([settings.tenant, settings.dataDir, settings.masterKeyFile]).to.deep.equal([
      'nearest',
      join(place.root, 'a', 'data'),
      join(place.root, 'a', 'keys', 'k'),
    ])
  })

  it('does not look above the git root', async () => {
    await using place = await setup()
    await writeFile(join(place.root, '..', '.neuronxrc.yaml'), 'tenant: outside\n')
    expect((await loadSettings(place.environment, place.inner)).file).to.equal(null)
  })

  it('falls back to the file of the user', async () => {
    await using place = await setup()
    const folder = join(place.environment['XDG_CONFIG_HOME'] ?? '', 'neuronx')
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'config.yaml'), 'tenant: mine\n')
    expect((await loadSettings(place.environment, place.inner)).tenant).to.equal('mine')
  })

  it('reads the file that NEURONX_CONFIG names, JSON too, and refuses one that is missing', async () => {
    await using place = await setup()
    await writeFile(join(place.inner, 'other.json'), '{"tenant":"json-tenant"}')
    const named = { ...place.environment, NEURONX_CONFIG: 'other.json' }
    expect((await loadSettings(named, place.inner)).tenant).to.equal('json-tenant')
    const error = await failure(
      loadSettings({ ...place.environment, NEURONX_CONFIG: 'missing.yaml' }, place.inner),
    )
    expect([error.kind, error.code, error.where?.file]).to.deep.equal([
      'configuration',
      'NX-SETTINGS-FILE',
      join(place.inner, 'missing.yaml'),
    ])
  })

  it('runs no JavaScript that lies in the folder', async () => {
    await using place = await setup()
    const trap = 'globalThis.neuronxTrap = true; module.exports = { tenant: "trapped" }'
    await mkdir(join(place.inner, '.config'))
    for (const name of ['.neuronxrc.js', 'neuronx.config.js', '.config/config.js', '.config/neuronxrc.js'])
      await writeFile(join(place.inner, name), trap)
    const before = process.cwd()
    process.chdir(place.inner)
    try {
      expect((await loadSettings(place.environment, place.inner)).tenant).to.equal(null)
    } finally {
      process.chdir(before)
    }
    expect(globalThis).to.not.have.property('neuronxTrap')
  })
})

describe('a settings file that is wrong', () => {
  const cases: readonly (readonly [string, string, string, number])[] = [
    ['a tab as indentation', 'database:\n\turl: x\n', 'NX-SETTINGS-SYNTAX', 2],
    ['a duplicate key', 'tenant: a1\ntenant: b1\n', 'NX-SETTINGS-SYNTAX', 2],
    ['an unknown key', 'tenant: acme\ndatabase:\n  ulr: postgres://h/x\n', 'NX-SETTINGS-INVALID', 3],
    ['a wrong type', 'egress:\n  allowPrivate: "yes"\n', 'NX-SETTINGS-INVALID', 2],
    ['a bad listen address', '\nhttp:\n  listen: nowhere\n', 'NX-SETTINGS-INVALID', 3],
    ['a port above 65535', 'http: { listen: "h:70000" }\n', 'NX-SETTINGS-INVALID', 1],
    ['a list instead of settings', '- a\n', 'NX-SETTINGS-INVALID', 1],
  ]
  for (const [title, content, code, line] of cases) {
    it(`is refused with its file and line: ${title}`, async () => {
      await using place = await setup()
      const file = join(place.root, '.neuronxrc.yaml')
      await writeFile(file, content)
      const error = await failure(loadSettings(place.environment, place.inner))
      expect([error.kind, error.code, error.where?.file, error.where?.line]).to.deep.equal([
        'configuration',
        code,
        file,
        line,
      ])
    })
  }

  it('suggests the setting that was probably meant', async () => {
    await using place = await setup()
    await writeFile(join(place.root, '.neuronxrc.yaml'), 'database:\n  ulr: postgres://h/x\n')
    expect((await failure(loadSettings(place.environment, place.inner))).message).to.include(
      'did you mean url?',
    )
  })

  it('is refused whole when an anchor multiplies it', async () => {
    await using place = await setup()
    const bomb = `a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n`
    await writeFile(join(place.root, '.neuronxrc.yaml'), bomb)
    const error = await failure(loadSettings(place.environment, place.inner))
    expect([error.code, error.where?.line]).to.deep.equal(['NX-SETTINGS-SYNTAX', 2])
  })
})

describe('a value that is wrong', () => {
  it('is named by its variable or flag and never repeated: it may hold a password', async () => {
    await using place = await setup()
    const fromVariable = await failure(
      loadSettings({ ...place.environment, NEURONX_DATABASE_URL: 'mysql://u:hunter2@h' }, place.inner),
    )
    expect([fromVariable.kind, fromVariable.where?.path]).to.deep.equal([
      'configuration',
      'NEURONX_DATABASE_URL',
    ])
    expect(JSON.stringify([fromVariable.message, fromVariable.detail, fromVariable.fix])).to.not.include(
      'hunter2',
    )
    const fromFlag = await failure(loadSettings(place.environment, place.inner, { 'http-listen': 'x' }))
    expect([fromFlag.kind, fromFlag.where?.path]).to.deep.equal(['usage', '--http-listen'])
  })

  it('counts as not set when it is empty', async () => {
    await using place = await setup()
    expect(
      (
        await loadSettings(
          { ...place.environment, NEURONX_TENANT: '', NEURONX_DATABASE_URL: '' },
          place.inner,
        )
      ).tenant,
    ).to.equal(null)
  })
})

describe('redactUrl', () => {
  it('hides the password, a token in place of a user, and secrets of the query', () => {
    expect(redactUrl('postgres://u:hunter2@h:5432/db?sslmode=require&sslpassword=x')).to.equal(
      'postgres://u:***@h:5432/db?sslmode=require&sslpassword=***',
    )
    expect(redactUrl('nats://s3cr3t@h:4222')).to.equal('nats://***@h:4222')
    expect(redactUrl('not a url with hunter2')).to.equal('***')
  })

  it('shows no password, whatever it is', () => {
    const password = fc
      .string({ minLength: 8, maxLength: 20 })
      .map((text) => `zq${encodeURIComponent(text.isWellFormed() ? text : 'x')}`)
    fc.assert(
      fc.property(password, (secret) => {
        expect(redactUrl(`postgres://u:${secret}@h/db`)).to.not.include(secret)
      }),
    )
  })
})
