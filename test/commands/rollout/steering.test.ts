import { expect } from 'chai'
import { querySuperuser } from '../../support/database.ts'
import { rolloutInstallation } from '../../support/cli/rollout-installation.ts'
import type { RolloutInstallation } from '../../support/cli/rollout-installation.ts'

const because = ['--reason', 'test']

describe('steering rollouts from the command line', function () {
  this.timeout(180_000)
  let here: RolloutInstallation
  let id: string

  before(async () => {
    here = await rolloutInstallation()
  })
  after(async () => here[Symbol.asyncDispose]())
  beforeEach(async () => {
    id = await here.start()
  })
  afterEach(async () => {
    await here.text(['rollout', 'abort', id, ...because, '--yes'])
  })

  const rollout = async (...words: readonly string[]) => here.json(['rollout', ...words])
  const stateNow = async (): Promise<unknown> => {
    const [row] = await querySuperuser<{ state_name: string }>(
      here.queue.test,
      'select state_name from rollout where id = $1',
      [id],
    )
    return row?.state_name
  }

  it('pauses, resumes and aborts, each with a reason, a row in the ledger and one in the audit log', async () => {
    expect((await rollout('pause', id, ...because)).code).to.equal(0)
    expect(await stateNow()).to.equal('paused')
    expect((await rollout('resume', 'acme', ...because)).code).to.equal(0)
    expect(await stateNow()).to.equal('step')
    const aborted = await rollout('abort', id.slice(0, 18), ...because)
    expect(aborted.data).to.have.nested.property('rollout.state', 'aborted')
    const shown = await rollout('show', id)
    const ledger = shown.data['ledger'] as { readonly to: string; readonly reason: string }[]
    expect(ledger.slice(-3).map(({ to, reason }) => [to, reason])).to.deep.equal([
      ['paused', 'test'],
      ['step', 'test'],
      ['aborted', 'test'],
    ])
    const audited = await querySuperuser<{ action: string }>(
      here.queue.test,
      `select action from audit_log where target = $1 order by id`,
      [`rollout/${id}`],
    )
    expect(audited.map(({ action }) => action)).to.include.members([
      'rollout.pause',
      'rollout.resume',
      'rollout.abort',
    ])
  })

  it('refuses to act without a reason, and changes nothing in a dry run', async () => {
    for (const verb of ['pause', 'resume', 'promote', 'abort', 'approve', 'retry']) {
      const { code, error } = await rollout(verb, id)
      expect([code, error.code], verb).to.deep.equal([64, 'NX-REASON'])
    }
    const dry = await rollout('abort', id, '--dry-run')
    expect([dry.code, dry.data['dryRun']]).to.deep.equal([0, true])
    expect(await stateNow()).to.equal('step')
  })

  it('promotes without evidence only when it is confirmed by name, and says so in the ledger', async () => {
    const asked = await rollout('promote', id, ...because, '--yes')
    expect([asked.code, asked.error.code]).to.deep.equal([64, 'NX-CONFIRM'])
    expect(asked.error.fix).to.include('--confirm acme')
    const wrong = await rollout('promote', id, ...because, '--confirm', 'globex')
    expect([wrong.code, wrong.error.code]).to.deep.equal([1, 'NX-DECLINED'])
    const promoted = await rollout('promote', id, ...because, '--confirm', 'acme')
    expect(promoted.data['withoutEvidence']).to.include('nothing_observed')
    expect(promoted.data).to.have.nested.property('rollout.percent', 50)
    const { data } = await rollout('report', id)
    const rows = data['rows'] as { readonly reason: string; readonly gate: unknown }[]
    expect(rows.at(-1)?.reason).to.match(/^\[advanced without evidence: .*nothing_observed.*\] test$/)
    expect(rows.at(-1)?.gate).to.deep.include({ gate: 'operator' })
  })

  it('promotes without being confirmed by name once the evidence is there', async () => {
    await here.see(id, 3)
    await here.age(id)
    const promoted = await rollout('promote', id, ...because)
    expect([promoted.code, promoted.data['withoutEvidence']]).to.deep.equal([0, []])
  })

  it('takes one step when two people promote at once, and tells the other', async () => {
    const words = ['promote', id, ...because, '--confirm', 'acme']
    const both = await Promise.all([rollout(...words), rollout(...words)])
    const codes = both.map(({ code }) => code ?? -1).toSorted((a, b) => a - b)
    const { data } = await rollout('show', id)
    const ledger = data['ledger'] as { readonly percentBefore: number; readonly percentAfter: number }[]
    const steps = ledger.filter((row) => row.percentAfter > row.percentBefore && row.percentBefore > 0)
    // One that reads after the other has written means the next step, knowingly.
    if (codes[1] === 0) expect(steps).to.have.length(2)
    else {
      expect([codes, steps.length]).to.deep.equal([[0, 1], 1])
      expect(both.find(({ code }) => code === 1)?.error.code).to.equal('NX-ROLLOUT-MOVED')
    }
  })

  it('names what a state does not allow, and what can be done', async () => {
    const resumed = await rollout('resume', id, ...because)
    expect([resumed.code, resumed.error.code]).to.deep.equal([1, 'NX-ROLLOUT-ACTION'])
    expect(resumed.error.fix).to.include('paused')
    await rollout('abort', id, ...because)
    const again = await rollout('pause', id, ...because)
    expect([again.code, again.error.code]).to.deep.equal([1, 'NX-ROLLOUT-FINAL'])
  })

  it('says which rollout may have been meant by one that does not exist', async () => {
    const near = `${id.slice(0, -1)}${id.endsWith('0') ? '1' : '0'}`
    const text = await here.text(['rollout', 'status', near])
    expect([text.code, text.stderr]).to.deep.equal([66, text.stderr])
    expect(text.stderr).to.include('NX-ROLLOUT-NOT-FOUND').and.to.include(`Did you mean ${id}`)
    const scope = await here.text(['rollout', 'pause', 'acmee', ...because])
    expect([scope.code, scope.stderr.includes('Did you mean acme')]).to.deep.equal([66, true])
  })

  it('lets a viewer look and not touch, an operator stop and not promote', async () => {
    const as = async (role: string): Promise<Record<string, string>> => {
      const made = await here.json(['token', 'create', '--tenant', 'acme', '--role', role])
      const { writeFile } = await import('node:fs/promises')
      const file = `${here.folder}/${role}.token`
      await writeFile(file, String(made.data['token']), { mode: 0o600 })
      return { NEURONX_TOKEN_FILE: file }
    }
    const run = async (env: Record<string, string>, ...words: readonly string[]) =>
      (await here.json(['rollout', ...words], { env })).code
    const viewer = await as('viewer')
    expect(await run(viewer, 'status', id)).to.equal(0)
    expect(await run(viewer, 'pause', id, ...because)).to.equal(77)
    const operator = await as('operator')
    expect(await run(operator, 'promote', id, ...because, '--confirm', 'acme')).to.equal(77)
    expect(await run(operator, 'approve', id, ...because)).to.equal(77)
    expect(await run(operator, 'pause', id, ...because)).to.equal(0)
    expect(await stateNow()).to.equal('paused')
  })
})
