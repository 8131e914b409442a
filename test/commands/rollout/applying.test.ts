import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import { rolloutInstallation } from '../../support/cli/rollout-installation.ts'
import type { RolloutInstallation } from '../../support/cli/rollout-installation.ts'
import { querySuperuser } from '../../support/database.ts'

const because = ['--reason', 'test']

interface RolledOut {
  readonly id: string
  readonly state: string
  readonly policy: string | null
  readonly scopes: readonly string[]
}

interface Applied {
  readonly scopes: readonly { readonly changed: boolean; readonly state: string; readonly digest: string }[]
  readonly rollouts: readonly RolledOut[]
  /** The only one. */
  readonly rollout: RolledOut | null
  readonly planId: string | null
}

describe('config apply where a rollout policy governs', function () {
  this.timeout(180_000)
  let here: RolloutInstallation
  let points = 100
  before(async () => {
    here = await rolloutInstallation()
  })
  after(async () => here[Symbol.asyncDispose]())
  afterEach(async () => here.text(['rollout', 'abort', 'acme', ...because]))

  const apply = async (...more: readonly string[]) => {
    const { code, data, error } = await here.json(['config', 'apply', ...more])
    const applied = data as unknown as Applied | undefined
    const rollouts = applied?.rollouts ?? []
    return { code, error, ...(applied as Applied), rollouts, rollout: rollouts[0] ?? null }
  }
  const changed = async (): Promise<void> => here.change((points += 1))
  const active = async () =>
    (await here.queue.database.stores.revisions.heads([here.tenantId])).at(-1)?.digest
  const stateOf = ({ scopes }: Pick<Applied, 'scopes'>) => scopes.filter(({ state }) => state !== 'unchanged')
  const plan = async (...more: readonly string[]) =>
    String((await here.json(['config', 'plan', here.config, ...more])).data['planId'])
  const planState = async (id: string) => (await here.queue.database.stores.plans.plan(id))?.status.state

  it('begins a rollout and leaves what is active as it is, and says how to follow it', async () => {
    await changed()
    const before = await active()
    const dry = await apply(here.config, '--dry-run')
    expect([dry.rollout, stateOf(dry)[0]?.state]).to.deep.equal([null, 'would_roll_out'])
    const { code, rollout, scopes } = await apply(here.config, ...because)
    expect([code, rollout?.state, rollout?.policy]).to.deep.equal([0, 'step', 'careful'])
    expect(stateOf({ scopes })).to.have.length(1)
    expect(scopes.map((one) => one.changed)).to.not.include(true)
    expect(await active()).to.equal(before)
    const said = await here.text(['config', 'apply', here.config])
    expect(said.stderr)
      .to.include(`neuronx rollout watch ${rollout?.id ?? ''}`)
      .and.include('careful')
    expect(said.stdout).to.include('rolling out')
  })

  it('applies at once when it is told why, and the audit log says that the policy was passed over', async () => {
    await changed()
    expect((await apply(here.config, '--immediate')).code).to.equal(64)
    const rolling = await apply(here.config, ...because)
    const { code, rollout, scopes } = await apply(here.config, '--immediate', '--reason', 'incident 12')
    expect([code, rollout, scopes.find((one) => one.changed)?.digest]).to.deep.equal([
      0,
      null,
      await active(),
    ])
    const [row] = await querySuperuser<{ reason: string; after: Record<string, unknown> }>(
      here.queue.test,
      `select reason, after from audit_log where action = 'config.apply' order by id desc limit 1`,
    )
    expect([row?.reason, row?.after['immediate']]).to.deep.equal(['incident 12', true])
    const status = await here.json(['rollout', 'status', rolling.rollout?.id ?? ''])
    expect(status.data).to.have.nested.property('rollouts[0].state', 'superseded')
  })

  it('says that a change is active at once', async () => {
    await changed()
    const { stdout, stderr } = await here.text(['config', 'apply', here.config, '--immediate', ...because])
    expect(stdout).to.match(/tenants\/acme +applied/)
    expect(stderr).to.include('Active at once').and.include('neuronx config history')
  })

  it('closes a saved plan that became a rollout, and finds that rollout when it is applied again', async () => {
    await changed()
    const id = await plan('--save')
    const first = await apply('--plan', id, ...because)
    expect([first.code, await planState(id), first.planId]).to.deep.equal([0, 'applied', id])
    const again = await apply('--plan', id, ...because)
    expect([again.code, again.rollout?.id]).to.deep.equal([0, first.rollout?.id])
    await here.text(['rollout', 'abort', first.rollout?.id ?? '', ...because])
    const over = await apply('--plan', id, ...because)
    expect([over.code, over.error.code]).to.deep.equal([1, 'NX-PLAN-APPLIED'])
  })

  it('rolls a plan of a file out, and a saved one that something overtook not at all', async () => {
    await changed()
    const file = join(here.folder, 'plan.json')
    await here.json(['config', 'plan', here.config, '--out', file])
    const id = await plan('--save')
    const started = await apply('--plan', file, ...because)
    expect([started.code, started.rollout?.state]).to.deep.equal([0, 'step'])
    await changed()
    expect((await apply(here.config, '--immediate', ...because)).code).to.equal(0)
    const stale = await apply('--plan', id, ...because)
    expect([stale.code, stale.error.code]).to.deep.equal([1, 'NX-PLAN-STALE'])
    const fromFile = await apply('--plan', file, ...because)
    expect(fromFile.error.code).to.equal('NX-PLAN-STALE')
  })

  it('applies what nothing was active of at once beside a rollout, and begins one for each tenant of a plan', async () => {
    await here.json(['tenant', 'create', 'beta'])
    const beta = join(here.config, 'tenants', 'beta')
    await mkdir(beta)
    const limits = async (perSecond: number) =>
      writeFile(
        join(beta, 'limits.yaml'),
        `apiVersion: neuronx/v1\nkind: Limits\nname: limits\nintake: { eventsPerSecond: ${perSecond} }\n`,
      )
    await limits(5)
    await changed()
    const both = await apply(here.config, ...because)
    expect(stateOf(both).map(({ state }) => state)).to.have.members(['rolling', 'applied'])
    await here.text(['rollout', 'abort', 'acme', ...because])
    await changed()
    await limits(6)
    const id = await plan('--save')
    const dry = await here.text(['rollout', 'start', '--plan', id, '--dry-run'])
    expect(dry.stdout)
      .to.match(/SCOPE +tenants\/acme\n/)
      .and.to.match(/SCOPE +tenants\/beta\n/)
    const started = await apply('--plan', id, ...because)
    expect([started.code, await planState(id)]).to.deep.equal([0, 'applied'])
    expect(started.rollouts.map(({ scopes }) => scopes)).to.have.deep.members([
      ['tenants/acme'],
      ['tenants/beta'],
    ])
    expect(stateOf(started).map(({ state }) => state)).to.deep.equal(['rolling', 'rolling'])
    const again = await apply('--plan', id, ...because)
    expect(again.rollouts.map((one) => one.id)).to.have.members(started.rollouts.map((one) => one.id))
    const waited = await here.json(['rollout', 'start', here.config, '--wait', '--timeout', '300ms'])
    expect([waited.code, (waited.data['rollouts'] as unknown[]).length]).to.deep.equal([8, 2])
    await here.text(['rollout', 'abort', 'beta', ...because])
    await rm(beta, { recursive: true })
  })

  it('is ended by a rollback of its scope', async () => {
    await changed()
    const { rollout } = await apply(here.config, ...because)
    const back = await here.text(['config', 'rollback', '--scope', 'acme', ...because, '--yes'])
    expect([back.code, back.stderr]).to.satisfy(([code]: [number]) => code === 0, back.stderr)
    const status = await here.json(['rollout', 'status', rollout?.id ?? ''])
    expect(status.data).to.have.nested.property('rollouts[0].state', 'aborted')
  })
})
