import { expect } from 'chai'
import { resultOf, startCli } from '../../support/cli/built-cli.ts'
import { rolloutInstallation } from '../../support/cli/rollout-installation.ts'
import type { RolloutInstallation } from '../../support/cli/rollout-installation.ts'

const because = ['--reason', 'test']

describe('following rollouts from the command line', function () {
  this.timeout(180_000)
  let here: RolloutInstallation
  before(async () => {
    here = await rolloutInstallation()
  })
  after(async () => here[Symbol.asyncDispose]())

  const running: string[] = []
  const started = async (...more: readonly string[]): Promise<string> => {
    const id = await here.start(...more)
    running.push(id)
    return id
  }
  afterEach(async () => {
    for (const id of running.splice(0)) await here.text(['rollout', 'abort', id, ...because])
  })
  /** Units and looks until it has gone the whole way. */
  const complete = async (id: string): Promise<void> => {
    for (let round = 0; round < 16; round += 1) {
      await here.traffic(id, 400)
      await here.age(id)
      await here.tick()
    }
  }

  it('says step, share, units, failures, evidence, what is missing and what comes next', async () => {
    const id = await started()
    await here.see(id, 1)
    await here.see(id, 9, { arm: 'baseline' })
    await here.age(id)
    const { code, stdout } = await here.text(['rollout', 'status', 'acme'])
    expect(code).to.equal(0)
    expect(stdout)
      .to.include(`rollout ${id}`)
      .and.to.match(/step 1 of 4/)
      .and.to.match(/SHARE +10 % \(10 %\), then 50 %/)
      .and.to.match(/candidate +1 +1/)
      .and.to.match(/baseline +9 +9/)
      .and.to.match(/errors +1 +167 +167x +0.6 %/)
      .and.to.match(/GATE +1 of 2 units/)
      .and.to.match(/MISSING +units_missing: 1 of 2 units of the candidate in this step, 1 missing/)
      .and.to.match(/BUDGET +1 % false rollbacks/)
      .and.to.match(/NEXT +no daemon runs/)
    expect(stdout).to.not.include('\u001b')
    const all = await here.json(['rollout', 'status'])
    const rollouts = all.data['rollouts'] as { readonly judged: { readonly units: unknown } }[]
    expect(rollouts.map(({ judged }) => judged.units)).to.deep.equal([{ have: 1, need: 2, missing: 1 }])
  })

  it('ends with 0 when it completes, and the candidate is active then', async () => {
    const id = await started()
    const waiting = startCli(
      ['rollout', 'watch', id, '-o', 'jsonl', '--interval-ms', '200', '--timeout', '90s'],
      {
        env: { NEURONX_DATABASE_URL: here.queue.test.url },
      },
    )
    const result = resultOf(waiting)
    await complete(id)
    const { code, stdout } = await result
    const states = stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { readonly state: string }).state)
    expect([code, states.at(-1)]).to.deep.equal([0, 'completed'])
    const after = await here.json(['config', 'plan', here.config])
    expect(after.code).to.equal(0)
    const report = await here.json(['rollout', 'report', id])
    expect(report.data['verdicts']).to.deep.include({ stored: 4, agreeing: 4 })
    expect([report.code, report.data['reproduced']]).to.deep.equal([0, true])
  })

  it('ends with 1 when it is rolled back, and says what failed', async () => {
    const id = await started()
    const message = 'no such field'
    const configError = { document: 'LeadScore/fit', code: 'NX-CEL', message }
    await here.see(id, 1, { failed: true, configError })
    await here.tick()
    const waited = await here.json(['rollout', 'status', id, '--wait'])
    expect([waited.code, waited.ok]).to.deep.equal([1, false])
    const { stdout } = await here.text(['rollout', 'show', id])
    expect(stdout)
      .to.match(/rolled back/)
      .and.to.include('LeadScore/fit NX-CEL: no such field')
    const again = await here.json(['rollout', 'start', here.config])
    expect([again.code, again.error.code]).to.deep.equal([78, 'NX-REVISION-QUARANTINED'])
  })

  it('ends with 8 when the time is up and it still goes on', async () => {
    const id = await started()
    const piped = await here.text(['rollout', 'watch', id, '--timeout', '300ms', '--interval-ms', '200'])
    expect(piped.code).to.equal(8)
    expect(piped.stdout).to.match(/^\S+Z step step 1 of 4 10 % {2}wait {2}units 0\/2/)
    expect((await here.json(['rollout', 'watch', id, '--timeout', '0s'])).code).to.equal(64)
  })

  it('reports what a person did and what the judge said, and proves it again', async () => {
    const id = await started()
    await here.traffic(id, 200)
    await here.age(id)
    await here.tick()
    await here.text(['rollout', 'pause', id, '--reason', 'a | pipe'])
    const { code, stdout } = await here.text(['rollout', 'report', id])
    expect(code).to.equal(0)
    expect(stdout)
      .to.include(`# Rollout ${id}`)
      .and.to.include('| promote | agrees |')
      .and.to.include('a \\| pipe')
      .and.to.include('of 1 verdicts: 1 agree')
      .and.to.include('**Everything agrees.**')
  })

  it('lists every unit that the candidate touched, and stops with its reader', async () => {
    const id = await started()
    await here.see(id, 1_200)
    await here.see(id, 5, { arm: 'baseline' })
    const all = await here.text(['rollout', 'exposures', id])
    const units = all.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly unit: string; readonly tenant: string })
    expect(new Set(units.map(({ unit }) => unit)).size).to.equal(1_200)
    expect(units[0]?.tenant).to.equal('acme')
    const csv = await here.text(['rollout', 'exposures', id, '--format', 'csv', '--max', '2'])
    expect(csv.stdout.trim().split('\n')).to.have.length(3)
    expect(csv.stdout).to.match(/^tenant,unit,entity,first_at,command_id,/)
    const child = startCli(['rollout', 'exposures', id], {
      env: { NEURONX_DATABASE_URL: here.queue.test.url },
    })
    const gone = resultOf(child)
    child.stdout?.once('data', () => child.stdout?.destroy())
    const { code, stderr } = await gone
    expect([code, stderr]).to.deep.equal([0, ''])
  })

  it('refuses what has nothing to roll out', async () => {
    const id = await started()
    await here.text(['rollout', 'abort', id, ...because])
    await here.text(['config', 'apply', here.config, '--yes', '--immediate', ...because])
    await here.text(['config', 'apply', here.config, '--yes'])
    const { code, error } = await here.json(['rollout', 'start', here.config])
    expect([code, error.code]).to.deep.equal([1, 'NX-ROLLOUT-NOTHING'])
    expect((await here.json(['rollout', 'start'])).code).to.equal(64)
    expect((await here.json(['rollout', 'start', '--plan', 'deadbeef'])).code).to.equal(66)
  })
})
