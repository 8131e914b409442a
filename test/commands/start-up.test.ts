import { fileURLToPath } from 'node:url'
import { join, relative } from 'node:path'
import { readFile } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { temporaryFolder } from '../support/cli/temporary-folder.ts'
import { buildCli, projectRoot, runBuiltCli } from '../support/cli/built-cli.ts'
import { connectorNames } from '../../src/adapters/connectors/vendors/registry.ts'

describe('what --help loads', function () {
  this.timeout(120_000)
  before(() => buildCli())

  const heavy = [
    'knex',
    'pg',
    'nats',
    'ink',
    'react',
    'fastify',
    'undici',
    'zod',
    'yaml',
    'listr2',
    'pino',
    'cosmiconfig',
    're2js',
    'liquidjs',
  ]

  async function loadedBy(args: readonly string[]): Promise<readonly string[]> {
    await using place = await temporaryFolder()
    const to = join(place.path, 'modules')
    const counter = fileURLToPath(new URL('../support/cli/count-modules.mjs', import.meta.url))
    await runBuiltCli(args, { node: ['--import', counter], env: { COUNT_MODULES_TO: to } })
    return (await readFile(to, 'utf8')).split('\n').map((url) => relative(projectRoot, fileURLToPath(url)))
  }

  for (const args of [
    ['--version'],
    ['--help'],
    ['tenant', 'list', '--help'],
    ['tenant', 'list', '--nope'],
  ]) {
    it(`is a handful of files and none of the heavy packages: ${args.join(' ')}`, async () => {
      const packages = JSON.parse(
        readFileSync(join(projectRoot, 'dist', '.packages.json'), 'utf8'),
      ) as Record<string, string[]>
      const loaded = (await loadedBy(args)).filter((file) => !file.startsWith('test/'))
      expect(loaded).to.include('dist/cli.js')
      expect(loaded.length).to.be.at.most(args[0] === '--version' ? 8 : 20)
      expect(loaded.filter((file) => file.startsWith('node_modules/'))).to.deep.equal([])
      const held = loaded.flatMap((file) => packages[relative('dist', file)] ?? [])
      expect(held.filter((name) => heavy.includes(name))).to.deep.equal([])
    })
  }

  /** The connectors whose own files, in which their names stand as data, are among what is loaded. */
  async function connectorsOpenedBy(args: readonly string[]): Promise<readonly string[]> {
    const files = (await loadedBy(args)).filter((file) => file.startsWith('dist/'))
    const texts = await Promise.all(files.map(async (file) => readFile(join(projectRoot, file), 'utf8')))
    return connectorNames.filter((name) => {
      const definition = new RegExp(`connector:\\s*["']${name}["'],\\s*vendor:`)
      return texts.some((text) => definition.test(text))
    })
  }

  for (const args of [
    ['--version'],
    ['--help'],
    ['adapter', '--help'],
    ['adapter', 'test', '--help'],
    ['event', 'trigger', '--help'],
  ]) {
    it(`opens no connector: ${args.join(' ')}`, async () => {
      expect(await connectorsOpenedBy(args)).to.deep.equal([])
    })
  }

  it('would be noticed: the list of connectors does open them all', async () => {
    expect(await connectorsOpenedBy(['adapter', 'list', '--connectors'])).to.deep.equal(connectorNames)
  })

  it('would be noticed: a command that checks files does load a YAML parser', async () => {
    const packages = JSON.parse(readFileSync(join(projectRoot, 'dist', '.packages.json'), 'utf8')) as Record<
      string,
      string[]
    >
    const loaded = await loadedBy(['config', 'validate', 'config-examples'])
    expect(loaded.flatMap((file) => packages[relative('dist', file)] ?? [])).to.include('yaml')
  })
})
