import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import { rolloutInstallation } from '../../support/cli/rollout-installation.ts'
import type { RolloutInstallation } from '../../support/cli/rollout-installation.ts'

const because = ['--reason', 'test']
const policy = `ramp: { steps: [10, 50], evaluationPeriod: 10s }
approval: { risk: low, approvers: 1, beforePercentages: [50] }
shadowFirst: false`

describe('starting rollouts from the command line', function () {
  this.timeout(180_000)
  let here: RolloutInstallation
  let colleague: Record<string, string>
  before(async () => {
    here = await rolloutInstallation(policy)
    const made = await here.json(['token', 'create', '--tenant', 'acme', '--role', 'engineer'])
    const file = join(here.folder, 'engineer.token')
    await writeFile(file, String(made.data['token']), { mode: 0o600 })
    colleague = { NEURONX_TOKEN_FILE: file }
  })
  after(async () => here[Symbol.asyncDispose]())
  afterEach(async () => here.text(['rollout', 'abort', 'acme', ...because]))

  const rollout = async (...words: readonly string[]) => here.json(['rollout', ...words])

  it('shows what would be rolled out, under which policy and who must agree, and changes nothing', async () => {
    await here.change(40)
    const { code, stdout } = await here.text(['rollout', 'start', here.config, '--dry-run'])
    expect(code).to.equal(0)
    expect(stdout)
      .to.include('Plan: ')
      .and.to.match(/SCOPE +tenants\/acme/)
      .and.to.match(/POLICY +careful, risk \w+, 1 must approve first/)
      .and.to.match(/RAMP +10 %, 50 %, bake at 95 %, 100 %, watched/)
    expect((await rollout('list')).data['items']).to.deep.equal([])
  })

  it('waits for the approval of somebody else, and again before the percentage that asks for one', async () => {
    const id = await here.start()
    expect((await rollout('status', id)).data).to.have.nested.property(
      'rollouts[0].state',
      'pending_approval',
    )
    const own = await rollout('approve', id, ...because)
    expect([own.code, own.error.code]).to.deep.equal([77, 'NX-ROLLOUT-OWN-APPROVAL'])
    const approve = ['rollout', 'approve', id, ...because]
    const approved = await here.json(approve, { env: colleague })
    expect(approved.data).to.have.nested.property('rollout.state', 'step')
    expect((await here.json([...approve, '--step', '9'], { env: colleague })).code).to.equal(64)
    expect((await here.json([...approve, '--step', '2'], { env: colleague })).code).to.equal(0)
    const twice = await here.json(approve, { env: colleague })
    expect([twice.code, twice.error.code]).to.deep.equal([1, 'NX-ROLLOUT-APPROVED-ALREADY'])
  })

  it('takes a saved plan with the approvals that it has', async () => {
    await here.change(41)
    const saved = await here.json(['config', 'plan', here.config, '--save'])
    const planId = String(saved.data['planId'])
    const start = ['start', '--plan', planId, '--reason', 'planned']
    await here.queue.database.stores.plans.approve(
      planId,
      { kind: 'local', user: 'bob', role: 'owner' },
      'seen',
    )
    const started = await rollout(...start)
    expect(started.data).to.have.nested.property('rollouts[0].state', 'step')
    const { ledger } = (await rollout('show', 'acme')).data as { ledger: { by: string; reason: string }[] }
    expect(ledger.at(-1)).to.deep.include({ by: 'local:bob', reason: `approved plan ${planId}: seen` })
  })

  it('is superseded by a newer candidate of the same scope', async () => {
    const first = await here.start()
    const second = await here.start()
    expect((await rollout('status', first)).data).to.have.nested.property('rollouts[0].state', 'superseded')
    const live = (await rollout('list', '--live', '--tenant', 'acme')).data['items'] as { id: string }[]
    expect(live.map(({ id }) => id)).to.deep.equal([second])
  })

  it('lets a quarantined candidate in only when it is told to', async () => {
    const id = await here.start()
    await rollout('abort', id, ...because, '--quarantine')
    const refused = await rollout('start', here.config, ...because)
    expect([refused.code, refused.error.code]).to.deep.equal([78, 'NX-REVISION-QUARANTINED'])
    expect((await rollout('start', here.config, '--override-quarantine')).code).to.equal(64)
    expect((await rollout('start', here.config, ...because, '--override-quarantine')).code).to.equal(0)
  })

  it('ends with 8 when it is waited for and nobody carries it on', async () => {
    await here.change(60)
    const words = ['rollout', 'start', here.config, '--wait', '--timeout', '300ms', '--output', 'jsonl']
    const { code, stdout } = await here.text(words)
    expect(code).to.equal(8)
    const [line = ''] = stdout.trim().split('\n')
    expect(JSON.parse(line)).to.include({ state: 'pending_approval', percent: 0 })
  })
})
