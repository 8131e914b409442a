import { expect } from 'chai'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildCli, runBuiltCli } from '../../support/cli/built-cli.ts'
import { envelopeOf } from '../../support/cli/envelope.ts'
import { temporaryFolder } from '../../support/cli/temporary-folder.ts'

const description = JSON.stringify({
  openapi: '3.0.3',
  servers: [{ url: 'https://api.example.com' }],
  paths: {
    '/me': { get: { operationId: 'getMe', responses: { 200: { description: 'who' } } } },
    '/leads': {
      post: {
        operationId: 'createLead',
        requestBody: {
          content: {
            'application/json': {
              schema: { type: 'object', required: ['email'], properties: { email: { type: 'string' } } },
            },
          },
        },
      },
    },
  },
})

describe('neuronx adapter new', function () {
  this.timeout(180_000)
  before(() => buildCli())
  const env = { NEURONX_DATABASE_URL: '', NEURONX_TENANT: '' }

  it('begins a connector in a new repository, which validates and passes its tests, without a database', async () => {
    await using place = await temporaryFolder()
    const dir = join(place.path, 'fleet')
    await runBuiltCli(['config', 'init', dir, '--tenant', 'acme'], { env })
    const words = ['adapter', 'new', 'shop', '--dir', dir, '--tenant', 'acme']
    const base = ['--base-url', 'https://shop.example.com/v1']
    const seen = await runBuiltCli([...words, ...base, '--dry-run'], { env })
    expect([seen.code, seen.stdout.includes('kind: Integration')]).to.deep.equal([0, true])
    const made = await runBuiltCli([...words, ...base, '--webhooks'], { env })
    expect(made.code, made.stderr).to.equal(0)
    const next = made.stderr.split('\n').filter((line) => line.includes('next  '))
    expect(next.map((line) => line.replace(/^.*next {2}/, ''))).to.deep.equal([
      `neuronx config test ${dir} --filter shop`,
      'neuronx secret set shop-token --tenant acme < FILE',
      'neuronx secret set shop-hook --tenant acme < FILE',
      `neuronx config apply ${dir}`,
      'neuronx adapter test shop --tenant acme',
    ])
    expect((await runBuiltCli(['config', 'validate', dir], { env })).code).to.equal(0)
    const tested = await runBuiltCli(['config', 'test', dir, '--filter', 'shop', '--json'], { env })
    expect(envelopeOf(tested.stdout).data).to.include({ passed: 7, failed: 0 })
    const again = await runBuiltCli([...words, ...base, '--json'], { env })
    expect([again.code, envelopeOf(again.stdout).error?.code]).to.deep.equal([1, 'NX-ADAPTER-EXISTS'])
  })

  it('takes operations of a description, from stdin too', async () => {
    await using place = await temporaryFolder()
    const dir = join(place.path, 'fleet')
    await runBuiltCli(['config', 'init', dir, '--tenant', 'acme'], { env })
    const words = ['adapter', 'new', 'leads', '--dir', dir, '--tenant', 'acme', '--from', '-', '--json']
    const operations = ['--operation', 'getMe', '--operation', 'lead.create=createLead']
    const made = await runBuiltCli([...words, ...operations], { env, input: description })
    expect(made.code, made.stdout).to.equal(0)
    expect(envelopeOf(made.stdout).data).to.deep.include({ health: 'get-me', secrets: [], written: true })
    expect(await readFile(join(dir, 'tenants', 'acme', 'leads.yaml'), 'utf8')).to.contain('lead.create:')
    const wrong = await runBuiltCli([...words, '--operation', 'getMee'], { env, input: description })
    expect([wrong.code, envelopeOf(wrong.stdout).error?.fix]).to.deep.equal([64, "Did you mean 'getMe'?"])
    const broken = await runBuiltCli([...words, '--operation', 'getMe'], { env, input: '{"openapi":' })
    expect([broken.code, envelopeOf(broken.stdout).error?.code]).to.deep.equal([65, 'NX-OPENAPI-READ'])
  })

  it('says what is wrong with its words', async () => {
    await using place = await temporaryFolder()
    const code = async (...words: string[]): Promise<readonly unknown[]> => {
      const { code: exit, stdout } = await runBuiltCli(['adapter', 'new', ...words, '--json'], { env })
      return [exit, envelopeOf(stdout).error?.code]
    }
    const dir = ['--dir', place.path, '--tenant', 'acme', '--base-url', 'https://x.example.com']
    expect(await code('shop', '--base-url', 'https://x.example.com')).to.deep.equal([
      64,
      'NX-TENANT-REQUIRED',
    ])
    expect(await code('Shop', ...dir)).to.deep.equal([64, 'NX-ADAPTER-NAME'])
    expect(await code('shop', ...dir)).to.deep.equal([66, 'NX-ADAPTER-DIRECTORY'])
    expect((await code('shop', ...dir, '--auth', 'magic'))[0]).to.equal(64)
  })
})
