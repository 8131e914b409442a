import { expect } from 'chai'
import { runBuiltCli } from '../support/cli/built-cli.ts'
import { CliOfLeads } from '../support/cli/cli-of-leads.ts'
import { querySuperuser } from '../support/database.ts'
import { salesConfig } from '../support/sales/sales-config.ts'
import { ScoredLeads } from '../support/scores/scored-leads.ts'
import { requireWellFormed } from '../support/well-formed-xml.ts'

const nurture = `
kind: Workflow
name: nurture
for: lead
start: { on: lead.created }
steps:
  - { id: reply, wait_for: { event: message.received }, up_to: 20d }
  - { id: pick, choose: [{ when: lead.name < "<b> &", go: won }, { else: nap }] }
  - { id: nap, wait: 2h }
  - { id: won, set: { lead.temperature: hot } }
`
const because = ['--reason', 'a test']
const nobody = '01990000-0000-7000-8000-000000000000'

describe('commands on workflows', function () {
  this.timeout(240_000)
  let leads: ScoredLeads
  let cli: CliOfLeads
  const run = async (...given: Parameters<CliOfLeads['run']>) => await cli.run(...given)
  const text = async (args: readonly string[]) => await cli.text(args)

  before(async () => {
    leads = await ScoredLeads.open(salesConfig(nurture))
    cli = await CliOfLeads.open(leads)
    await cli.apply(nurture)
    for (const lead of ['1', '2', '3', '4']) await leads.happen('lead.created', lead, { name: 'Ada' })
  })
  after(async () => {
    await cli.close()
    await leads.close()
  })

  async function ids(status = 'waiting'): Promise<readonly string[]> {
    const { data } = await run(['workflow', 'list', 'nurture', '--status', status])
    return (data['instances'] as { items: Array<{ id: string }> }).items.map(({ id }) => id)
  }

  it('list, count, draw and show, for a person and as JSON', async () => {
    const listed = await run(['workflow', 'list'])
    expect((listed.data['workflows'] as object[])[0]).to.deep.include({
      name: 'nurture',
      waiting: 4,
      steps: [{ step: 'reply', count: 4 }],
    })
    const counted = await run(['workflow', 'count', 'nurture'])
    expect(counted.data['totals']).to.deep.equal([{ workflow: 'nurture', status: 'waiting', count: 4 }])
    expect(await ids()).to.have.length(4)
    const [first = ''] = await ids()
    const shown = await run(['workflow', 'show', first])
    expect((shown.data['positions'] as object[])[0]).to.include({
      step: 'reply',
      waits: 'for message.received',
    })
    expect((shown.data['history'] as object[])[0]).to.include({ eventType: 'lead.created', to: 'reply' })
    for (const args of [['list'], ['list', 'nurture'], ['count'], ['show', first]])
      expect(await text(['workflow', ...args])).to.match(/nurture|reply/)
    expect(await text(['workflow', 'graph', 'nurture'])).to.match(/^flowchart TD[^]*\(4\)/)
    const svg = await text(['workflow', 'graph', 'nurture', '--format', 'svg'])
    requireWellFormed(svg)
    expect(svg).to.include('&lt;b&gt;').and.include('>4<')
  })

  it('refuse names that are not known, and say which was meant', async () => {
    const cases: ReadonlyArray<readonly [readonly string[], string, string]> = [
      [['list', 'nurtur'], 'NX-WORKFLOW-NOT-FOUND', 'nurture'],
      [['count', 'nurtur'], 'NX-WORKFLOW-NOT-FOUND', 'nurture'],
      [['graph', 'nurtur'], 'NX-WORKFLOW-NOT-FOUND', 'nurture'],
      [['list', 'nurture', '--step', 'repyl'], 'NX-WORKFLOW-STEP-NOT-FOUND', 'reply'],
      [['cancel', '--workflow', 'nurtur', '--yes', ...because], 'NX-WORKFLOW-NOT-FOUND', 'nurture'],
      [
        ['cancel', '--workflow', 'nurture', '--step', 'repyl', '--yes', ...because],
        'NX-WORKFLOW-STEP-NOT-FOUND',
        'reply',
      ],
      [
        ['retry', '--workflow', 'nurture', '--from', 'repyl', '--yes', ...because],
        'NX-WORKFLOW-STEP-NOT-FOUND',
        'reply',
      ],
      [
        ['signal', '--workflow', 'nurture', '--event', 'message.recieved', '--yes', ...because],
        'NX-EVENT-TYPE-NOT-FOUND',
        'message.received',
      ],
      [['show', nobody], 'NX-WORKFLOW-INSTANCE-NOT-FOUND', 'neuronx workflow list'],
      [['show', 'nobody'], 'NX-WORKFLOW-INSTANCE-NOT-FOUND', 'neuronx workflow list'],
      [['cancel', nobody, '--yes', ...because], 'NX-WORKFLOW-INSTANCE-NOT-FOUND', 'neuronx workflow count'],
    ]
    for (const [args, code, meant] of cases) {
      const refused = await run(['workflow', ...args])
      expect([refused.code, refused.error.code], args.join(' ')).to.deep.equal([66, code])
      expect(refused.error.fix, args.join(' ')).to.include(meant)
    }
    expect(await ids()).to.have.length(4)
  })

  it('refuse what is not said well, before anything happens', async () => {
    const [first = ''] = await ids()
    const usage: ReadonlyArray<readonly string[]> = [
      ['cancel', first, '--yes'],
      ['cancel', '--yes', ...because],
      ['cancel', first, '--workflow', 'nurture', '--yes', ...because],
      ['cancel', '--step', 'reply', '--yes', ...because],
      ['cancel', first, '--workspace', 'eu', '--yes', ...because],
      ['signal', first, '--event', 'message.received', '--data', '[1]', '--yes', ...because],
    ]
    for (const args of usage) expect((await run(['workflow', ...args])).code, args.join(' ')).to.equal(64)
    for (const verb of ['cancel', 'retry']) {
      const { error } = await run(['workflow', verb, ...because])
      expect(error.fix).to.equal(`neuronx workflow ${verb} --help`)
    }
    const some = [...(await ids()), nobody]
    const unknown = await run(['workflow', 'cancel', ...some, '--yes', ...because])
    expect([unknown.code, unknown.error.title]).to.deep.equal([
      66,
      `There is no workflow instance '${nobody}'`,
    ])
    const unasked = await run(['workflow', 'cancel', '--workflow', 'nurture', ...because])
    expect([unasked.code, unasked.error.code]).to.deep.equal([64, 'NX-CONFIRM'])
    const jobs = await querySuperuser(leads.test, 'select 1 from job')
    expect(jobs).to.have.length(0)
  })

  it('cancel by a filter as a job: planned without --yes, done with it, and signal and retry likewise', async () => {
    const cancel = [
      'workflow',
      'cancel',
      '--workflow',
      'nurture',
      '--step',
      'reply',
      '--max',
      '2',
      ...because,
    ]
    const planned = await run([...cancel, '--dry-run'])
    expect(planned.code).to.equal(0)
    expect(planned.data['plan']).to.deep.include({ total: 2, byStep: { reply: 2 }, skipped: {} })
    expect(planned.data['job']).to.equal(null)
    const [one = '', two = '', three = '', four = ''] = await ids()
    const done = await run([...cancel, '--yes'])
    expect([done.code, (done.data['job'] as { status: string }).status]).to.deep.equal([0, 'succeeded'])
    for (const id of ['1', '2', '3', '4']) await leads.catchUp({ kind: 'lead', id })
    expect(await ids('done')).to.have.members([one, two])
    expect((await run(['workflow', 'show', one])).data).to.have.nested.property(
      'instance.state.how',
      'stopped',
    )

    const signal = ['workflow', 'signal', three, '--event', 'message.received', '--data', '{"text":"a"}']
    expect((await run([...signal, ...because])).code, 'one by id is not asked about').to.equal(0)
    for (const id of ['1', '2', '3', '4']) await leads.catchUp({ kind: 'lead', id })
    expect((await run(['workflow', 'list', 'nurture', '--step', 'nap'])).data).to.have.nested.property(
      'instances.items[0].id',
      three,
    )
    const failed = { status: 'failed', endedAt: '2026-01-01T00:00:00.000Z', stepId: 'nap', error: 'x' }
    await querySuperuser(
      leads.test,
      `with timer as (delete from workflow_timer where instance_id = $1)
       update workflow_instance set status = 'failed', state = $2, seq = seq + 1 where id = $1`,
      [four, failed],
    )
    const lost = await run(['workflow', 'list', 'nurture', '--status', 'failed', '--step', 'nap'])
    expect(lost.data).to.have.nested.property('instances.items[0].id', four)
    const busy = await run([
      'workflow',
      'retry',
      '--workflow',
      'nurture',
      '--step',
      'nap',
      '--yes',
      ...because,
    ])
    expect(busy.code).to.equal(0)
    for (const id of ['1', '2', '3', '4']) await leads.catchUp({ kind: 'lead', id })
    expect((await run(['workflow', 'show', four])).data).to.have.nested.property('positions[0].step', 'nap')
    expect((await run([...cancel, '--yes'])).error.code).to.equal('NX-WORKFLOW-INSTANCE-NOT-FOUND')
  })

  it('say what to run next with the tenant and the workspace that were named', async () => {
    await querySuperuser(
      leads.test,
      `update workflow_instance set seq = seq + 1, state = jsonb_set(state, '{stepId}', '"old-step"') where status = 'waiting'`,
    )
    await querySuperuser(
      leads.test,
      `insert into schedule (tenant_id, workspace, name, shard, digest, timing, times, directory_version)
       values ($1, 'default', 'nightly', 0, 'd', 't', 't', 0)`,
      [leads.tenantId],
    )
    await querySuperuser(
      leads.test,
      `insert into rule_breaker (tenant_id, rule, open_until) values ($1, 'set/rule', now() + interval '1 h')`,
      [leads.tenantId],
    )
    const place = `--workspace default --tenant ${cli.tenant}`
    const cases: ReadonlyArray<readonly [readonly string[], string]> = [
      [['workflow', 'list'], `neuronx workflow list WORKFLOW ${place}`],
      [['workflow', 'list'], `neuronx workflow graph WORKFLOW ${place}`],
      [['workflow', 'graph', 'nurture'], `neuronx workflow list nurture --step STEP ${place}`],
      [['schedule', 'run', 'nightly', '--now'], `neuronx schedule show nightly ${place}`],
      [
        ['rule', 'reset', 'set/rule', ...because],
        `neuronx dlq list --code NX-RULE-PARKED --tenant ${cli.tenant}`,
      ],
    ]
    for (const [args, next] of cases) {
      const env = { NEURONX_DATABASE_URL: leads.test.url }
      const { code, stderr } = await runBuiltCli([...args, '--tenant', cli.tenant], { env })
      expect([code, stderr], stderr).to.satisfy(() => code === 0 && stderr.includes(next))
    }
  })
})
