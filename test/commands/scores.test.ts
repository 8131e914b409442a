import { expect } from 'chai'
import { CliOfLeads } from '../support/cli/cli-of-leads.ts'
import { querySuperuser } from '../support/database.ts'
import { ScoredLeads } from '../support/scores/scored-leads.ts'
import { newModel, oldModel, scoreModel } from '../support/scores/score-models.ts'

const because = ['--reason', 'test']
const inbound = { text: 'hi', direction: 'inbound' }

describe('commands on scores and state', function () {
  this.timeout(180_000)
  let leads: ScoredLeads
  let cli: CliOfLeads
  const run = async (...given: Parameters<CliOfLeads['run']>) => await cli.run(...given)

  before(async () => {
    leads = await ScoredLeads.open(oldModel)
    cli = await CliOfLeads.open(leads)
    await leads.happen('lead.created', '1', { name: 'Ada', budget: 5_000 })
    await leads.happen('message.received', '1', inbound)
    await apply(20)
  })
  after(async () => {
    await cli.close()
    await leads.close()
  })

  /** Makes the model with so many points a reply, and a budget, the one in force. */
  const apply = async (points: number, budget = 10) =>
    await cli.apply(scoreModel(points).replace('points: 10 }', `points: ${budget} }`))

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
    // A model that was just put in force counts for whoever looks, before anything happens to the lead.
    await apply(45, 30)
    const now = await run(['entity', 'show', 'lead/1'])
    expect(now.data['fields']).to.include({ score: 75 })
    const told = await run(['why', '1'])
    expect(told.data['fields']).to.deep.equal(now.data['fields'])
    expect((told.data['scores'] as object[])[0]).to.deep.include({ points: 75, recorded: 55 })
    expect(JSON.stringify(told.data['scores'])).to.include('"points":30')
    await apply(45)
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

  it('take so many entities a job, and say where the next one goes on', async () => {
    for (const id of ['2', '3']) await leads.happen('lead.created', id, { name: 'Ada' })
    const rebuild = ['entity', 'rebuild', '--kind', 'lead', '--max', '2']
    const planned = await run([...rebuild, '--dry-run'])
    expect(planned.data['plan']).to.deep.equal({ entities: 2, matching: 3 })
    const first = await run([...rebuild, '--yes', ...because])
    expect(first.data['job']).to.have.nested.property('counts.total', 2)
    expect(first.warnings.join()).to.include('Add --after lead/2')
    const rest = await run([...rebuild, '--after', 'lead/2', '--yes', ...because])
    expect(rest.data['job']).to.have.nested.property('counts.total', 1)
    expect(rest.warnings).to.deep.equal([])
    const verified = await run(['entity', 'verify', '--all', '--max', '2', '--after', 'lead/1'])
    expect(verified.data['job']).to.have.nested.property('counts.total', 2)
    expect((await run(['entity', 'verify', 'lead/1', '--after', 'lead/0'])).code).to.equal(64)
  })

  it('are not found where there is nobody, and the way to who is there can be run as it is printed', async () => {
    const fix = `neuronx entity list --tenant ${cli.tenant}`
    const cases = [
      ['history', 'lead/nobody'],
      ['show', 'lead/nobody'],
      ['verify', '--kind', 'deal'],
      ['rebuild', '--kind', 'deal', '--yes', ...because],
      ['rebuild', '--kind', 'deal', '--dry-run'],
    ]
    for (const args of cases) {
      const { code, error } = await run(['entity', ...args])
      expect([code, error?.code, error?.fix], args.join(' ')).to.deep.equal([66, 'NX-ENTITY-NOT-FOUND', fix])
    }
  })
})
