import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import { envelopeOf } from '../support/cli/envelope.ts'
import { buildCli, runBuiltCli } from '../support/cli/built-cli.ts'
import { temporaryFolder } from '../support/cli/temporary-folder.ts'

describe('a new repository on the command line', function () {
  this.timeout(120_000)
  before(() => buildCli())

  it('is made, checked and tested without a database, and not made twice', async () => {
    await using place = await temporaryFolder()
    const directory = join(place.path, 'fleet')
    const plan = await runBuiltCli(['config', 'init', directory, '--dry-run', '--json'])
    const { files } = envelopeOf(plan.stdout).data as { files: readonly string[] }
    expect((await runBuiltCli(['config', 'init', directory, '--tenant', 'globex'])).code).to.equal(0)
    expect(files).to.include('tenants/acme/rules.yaml')
    const rules = await readFile(join(directory, 'tenants', 'globex', 'rules.yaml'), 'utf8')
    expect(rules).to.match(/^# yaml-language-server: /)
    expect((await runBuiltCli(['config', 'validate', directory])).code).to.equal(0)
    expect((await runBuiltCli(['config', 'test', directory])).code).to.equal(0)
    const again = await runBuiltCli(['config', 'init', directory, '--tenant', 'globex', '--json'])
    expect(again.code).to.equal(1)
    expect(envelopeOf(again.stdout).error).to.include({ code: 'NX-INIT-EXISTS' })
  })

  it('gets its schemas on stdout or as files', async () => {
    await using place = await temporaryFolder()
    const printed = await runBuiltCli(['config', 'schema', '--kind', 'Team'])
    expect(printed.code).to.equal(0)
    expect(JSON.parse(printed.stdout)).to.include({ title: 'Team' })
    const folder = join(place.path, 'schemas')
    expect((await runBuiltCli(['config', 'schema', '--out', folder])).code).to.equal(0)
    const written = JSON.parse(await readFile(join(folder, 'Team.schema.json'), 'utf8')) as object
    expect(written).to.deep.equal(JSON.parse(printed.stdout))
    const wrong = await runBuiltCli(['config', 'schema', '--kind', 'Teem', '--json'])
    expect(wrong.code).to.equal(64)
    expect(envelopeOf(wrong.stdout).error).to.include({ fix: 'Did you mean Team?' })
  })
})
