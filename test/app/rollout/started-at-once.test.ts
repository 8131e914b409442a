import { expect } from 'chai'
import { readyDirectory } from '../../../src/app/plan/ready-plan.ts'
import { applyConfig } from '../../../src/app/plan/apply-config.ts'
import { NxError } from '../../../src/kernel/errors.ts'
import { temporaryDirectory } from '../../control-plane/temporary-directory.ts'
import { followedInstallation } from '../../support/sources/followed-installation.ts'
import type { FollowedInstallation } from '../../support/sources/followed-installation.ts'
import { configuration } from '../../support/sources/git-repository.ts'

const policy = 'apiVersion: neuronx/v1\nkind: RolloutPolicy\nname: careful\napproval: { risk: never }\n'
const files = (fields: string) => ({ ...configuration(fields), 'global/rollout.yaml': policy })

describe('rollouts that are started at once', function () {
  this.timeout(60_000)
  let at: FollowedInstallation

  beforeEach(async () => {
    at = await followedInstallation()
    await using directory = await temporaryDirectory(files('name: string'))
    await applyConfig(at.operator, directory.path, null)
  })
  afterEach(async () => at[Symbol.asyncDispose]())

  const quiet = { reason: null, note: () => {} }
  const live = async () => at.operator.rollouts.list({ tenantId: null, live: true, limit: 9 })

  it('are one, and whoever planned at the same time is told whose', async () => {
    await using one = await temporaryDirectory(files('name: string, phone: string'))
    await using other = await temporaryDirectory(files('name: string, email: string'))
    const mine = await readyDirectory(at.operator, one.path)
    const theirs = await readyDirectory(at.operator, other.path)
    const [rollout] = (await mine.rollOut({ ...quiet, reason: 'phones' })).rollouts
    const told: unknown = await theirs.rollOut(quiet).then(
      () => null,
      (error: unknown) => error,
    )
    expect(told).to.be.instanceOf(NxError).and.include({ code: 'NX-ROLLOUT-OVERTAKEN', kind: 'conflict' })
    expect((told as NxError).detail)
      .to.include(rollout?.id)
      .and.include('local:ada')
      .and.include('phones')
    expect((await live()).map(({ id }) => id)).to.deep.equal([rollout?.id])
  })

  it('make room for what is planned later, which says so', async () => {
    await using one = await temporaryDirectory(files('name: string, phone: string'))
    await using other = await temporaryDirectory(files('name: string, email: string'))
    const [rollout] = (await (await readyDirectory(at.operator, one.path)).rollOut(quiet)).rollouts
    const notes: string[] = []
    const newer = await readyDirectory(at.operator, other.path)
    const [begun] = (await newer.rollOut({ reason: null, note: (text) => notes.push(text) })).rollouts
    expect(notes).to.deep.equal([
      `Takes the place of rollout ${rollout?.id ?? ''}, which local:ada started; it is shadow.`,
    ])
    expect((await live()).map(({ id }) => id)).to.deep.equal([begun?.id])
    const [again] = (await (await readyDirectory(at.operator, other.path)).rollOut(quiet)).rollouts
    expect(again?.id, 'the same content means the same rollout').to.equal(begun?.id)
  })
})
