import { Ajv } from 'ajv'
import { expect } from 'chai'
import { access, readFile, readdir, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { parseAllDocuments, parseDocument } from 'yaml'
import { testConfig } from '../../../src/app/config-tests/test-config.ts'
import { validateConfig } from '../../../src/app/validate-config.ts'
import { initRepository, repositoryFiles } from '../../../src/app/init/init-repository.ts'
import { temporaryDirectory } from '../../control-plane/temporary-directory.ts'

const options = { tenant: 'first-one', force: false, dryRun: false }

describe('a new repository', () => {
  it('passes config validate and config test as it was written', async () => {
    await using directory = await temporaryDirectory()
    const { files } = await initRepository(directory.path, options)
    expect(files).to.include.members(['neuronx.yaml', 'tenants/first-one/rules.yaml'])
    expect((await validateConfig(directory.path)).findings).to.deep.equal([])
    const { passed, failed } = await testConfig(directory.path, { filter: null })
    expect(failed).to.equal(0)
    expect(passed).to.be.greaterThan(5)
  })

  it('points every file of documents at a schema that is there and accepts it', async () => {
    await using directory = await temporaryDirectory()
    const { files } = await initRepository(directory.path, options)
    const documents = files.filter((path) => /^(neuronx\.yaml|global\/|tenants\/)/.test(path))
    expect(documents).to.have.length.greaterThan(8)
    for (const path of documents) {
      const text = await readFile(join(directory.path, path), 'utf8')
      const schema = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text)?.[1] ?? ''
      const file = resolve(directory.path, dirname(path), schema)
      const check = new Ajv({ strict: false }).compile(JSON.parse(await readFile(file, 'utf8')))
      for (const document of parseAllDocuments(text))
        expect(check(document.toJS()), `${path}: ${JSON.stringify(check.errors)}`).to.equal(true)
    }
  })

  it('has a pipeline that validates, tests and plans, and settings that editors can read', async () => {
    const content = (path: string) =>
      repositoryFiles('acme').find((file) => file.path === path)?.content ?? ''
    const workflow = parseDocument(content('.github/workflows/neuronx.yaml'))
    expect(workflow.errors).to.deep.equal([])
    const text = content('.github/workflows/neuronx.yaml')
    for (const word of ['config validate .', 'config test .', 'config plan .']) expect(text).to.contain(word)
    const settings = JSON.parse(content('.vscode/settings.json')) as { 'yaml.schemas': object }
    const schemas = Object.keys(settings['yaml.schemas']).map((path) => path.replace('./', ''))
    expect(repositoryFiles('acme').map(({ path }) => path)).to.include.members(schemas)
  })

  it('writes nothing when files are in the way, and names them all', async () => {
    await using directory = await temporaryDirectory({ 'README.md': 'mine', 'global/flags.yaml': 'mine too' })
    const failure = await failureOf(initRepository(directory.path, options))
    expect(failure).to.include({ code: 'NX-INIT-EXISTS', detail: 'README.md, global/flags.yaml' })
    expect((await readdir(directory.path)).sort()).to.deep.equal(['README.md', 'global'])
    expect(await readFile(join(directory.path, 'README.md'), 'utf8')).to.equal('mine')
  })

  it('writes over them when it is told to, and says which', async () => {
    await using directory = await temporaryDirectory({ 'README.md': 'mine', 'notes.md': 'stay' })
    const { replaced } = await initRepository(directory.path, { ...options, force: true })
    expect(replaced).to.deep.equal(['README.md'])
    expect(await readFile(join(directory.path, 'notes.md'), 'utf8')).to.equal('stay')
    expect((await validateConfig(directory.path)).findings).to.deep.equal([])
  })

  it('changes nothing in a dry run', async () => {
    await using directory = await temporaryDirectory()
    const target = join(directory.path, 'new')
    const { files } = await initRepository(target, { ...options, dryRun: true })
    expect(files).to.have.length.greaterThan(20)
    expect(await failureOf(access(target))).to.have.property('code', 'ENOENT')
  })

  it('refuses a tenant that could not be one, and a place that it cannot write to', async () => {
    await using directory = await temporaryDirectory()
    expect(await failureOf(initRepository(directory.path, { ...options, tenant: '../up' }))).to.include({
      code: 'NX-INIT-TENANT',
    })
    const file = join(directory.path, 'file')
    await writeFile(file, '')
    expect(await failureOf(initRepository(file, options))).to.include({ code: 'NX-INIT-WRITE' })
  })
})

/** How an attempt failed; an error when it did not. */
async function failureOf(attempt: Promise<unknown>): Promise<unknown> {
  try {
    await attempt
  } catch (error) {
    return error
  }
  throw new Error('It should have failed')
}
