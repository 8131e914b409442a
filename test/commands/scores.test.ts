import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { buildCli, runBuiltCli } from '../support/cli/built-cli.ts'
import { querySuperuser } from '../support/database.ts'
import { leadTypes } from '../support/sales/sales-config.ts'
import { ScoredLeads } from '../support/scores/scored-leads.ts'
import { newModel, oldModel, scoreModel } from '../support/scores/score-models.ts'

const because = ['--reason', 'test']
const inbound = { text: 'hi', direction: 'inbound' }

describe('commands on scores and state', function () {
  this.timeout(180_000)
  let leads: ScoredLeads
  let folder: string
  let tenant: string

  before(async () => {
    buildCli()
    leads = await ScoredLeads.open(oldModel)
    const [row] = await querySuperuser<{ slug: string }>(
      leads.test,
      'select slug from tenant where id = $1',
      [leads.tenantId],
    )
    tenant = row?.slug ?? ''
    folder = await mkdtemp(join(tmpdir(), 'nx-scores-'))
    await leads.happen('lead.created', '1', { name: 'Ada', budget: 5_000 })
    await leads.happen('message.received', '1', inbound)
    await apply(20)
  })
  after(async () => {
    await leads.close()
    await rm(folder, { recursive: true, force: true })
  })

  /** Makes the model with so many points a reply the one in force. */
  async function apply(points: number) {
    await mkdir(join(folder, 'global'), { recursive: true })
    await writeFile(join(folder, 'neuronx.yaml'), 'apiVersion: neuronx/v1\nkind: Fleet\nname: test\n')
    const documents = `${leadTypes}${scoreModel(points)}`
      .split(/^---$/m)
      .map((text) => text.trim())
      .filter((text) => text !== '')
      .map((text) => `apiVersion: neuronx/v1\n${text}\n`)
    await writeFile(join(folder, 'global', 'all.yaml'), documents.join('---\n'))
    const applied = await run(['config', 'apply', folder, '--yes', '--immediate', ...because], false)
    expect(applied.code, JSON.stringify(applied)).to.equal(0)
    return applied
  }

  async function run(args: readonly string[], isOfTenant = true) {
    const scope = isOfTenant ? ['--tenant', tenant] : []
    const env = { NEURONX_DATABASE_URL: leads.test.url }
    const { code, stdout, stderr } = await runBuiltCli([...args, ...scope, '--json'], { env })
    const answer = JSON.parse(stdout) as { data: Record<string, unknown>; warnings?: string[] }
    return { code, stderr, data: answer.data, warnings: answer.warnings ?? [] }
  }

  it('tell of leads that an older model scored, show who would change band, and compute them anew', async () => {
    const applied = await apply(45)
    expect(`${applied.warnings.join()}${applied.stderr}`).to.include('neuronx score recompute --model intent')
    const args = ['score', 'recompute', '--model', 'intent']
    const planned = await run([...args, '--dry-run'])
    expect(planned.code).to.equal(0)
    expect(planned.data['plan']).to.deep.include({ total: 1, moves: { 'cold -> hot': 1 } })
    const explained = await run(['score', 'explain', 'lead/1'])
    expect((explained.data['scores'] as object[])[0]).to.include({ recorded: 30, isOfOldModel: true })
    const done = await run([...args, '--yes', ...because])
    expect([done.code, (done.data['job'] as { status: string }).status]).to.deep.equal([0, 'succeeded'])
    leads.config = newModel
    await leads.catchUp({ kind: 'lead', id: '1' })
    const shown = await run(['entity', 'show', 'lead/1'])
    expect(shown.data['fields']).to.include({ score: 55 })
    const unknown = await run(['score', 'recompute', '--model', 'intend', '--dry-run'])
    expect(unknown.code).to.equal(66)
  })

  it('verify entities and rebuild those that are wrong', async () => {
    expect((await run(['entity', 'verify'])).code).to.equal(0)
    await querySuperuser(leads.test, `update entity set fields = '{}'`)
    const found = await run(['entity', 'verify', 'lead/1'])
    expect(found.code).to.equal(1)
    expect(JSON.stringify(found.data['items'])).to.include('fields.name')
    expect((await run(['entity', 'rebuild', 'lead/1', ...because])).code).to.equal(0)
    expect((await run(['entity', 'verify', '--all', '--kind', 'lead'])).code).to.equal(0)
  })
})
