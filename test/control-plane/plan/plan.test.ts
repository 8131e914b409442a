import { expect } from 'chai'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import {
  applyMadePlan,
  applyPlanFile,
  applySavedPlan,
  savePlan,
} from '../../../src/control-plane/plan/apply-plan.ts'
import { driftOf } from '../../../src/control-plane/plan/drift.ts'
import { makePlan } from '../../../src/control-plane/plan/make-plan.ts'
import { parsePlanFile, printPlanFile } from '../../../src/control-plane/plan/plan-file.ts'
import { rollBack } from '../../../src/control-plane/plan/roll-back.ts'
import { applyDirectory } from '../../../src/control-plane/revisions/apply-directory.ts'
import type { Actor, Role } from '../../../src/platform/access/actor.ts'
import { MemoryRevisionStore } from '../../fakes/memory-revision-store.ts'
import { MemoryTenantStore } from '../../fakes/memory-tenant-store.ts'
import { temporaryDirectory } from '../temporary-directory.ts'
import { toyKinds } from '../toy-kinds.ts'

const local = (user: string, role: Role = 'engineer'): Actor => ({ kind: 'local', user, role })
const shelf = (name: string, width = 10): string =>
  `apiVersion: neuronx/v1\nkind: Shelf\nname: ${name}\nwidth: ${width}\n`
const files = {
  'neuronx.yaml': 'apiVersion: neuronx/v1\nkind: Fleet\nname: toys\n',
  'global/a.yaml': shelf('a'),
  'tenants/acme/b.yaml': shelf('b'),
}
const head = {
  createdAt: '2026-01-01T00:00:00.000Z',
  createdBy: 'local:ann',
  expiresAt: '2026-01-02T00:00:00.000Z',
}
const inTime = new Date('2026-01-01T12:00:00.000Z')

async function setup() {
  const tenants = new MemoryTenantStore()
  for (const slug of ['acme', 'beta'])
    await tenants.create({ slug, name: slug, unknownEvents: 'accept' }, local('ann', 'owner'), null)
  const revisions = new MemoryRevisionStore(tenants)
  const { plans, quarantine } = revisions
  const ports = {
    ...{ revisions, tenants, plans, quarantine, kinds: toyKinds },
    traffic: { unitsPerHour: async () => ({ byWorkspace: new Map<string, number>(), partial: false }) },
    classify: () => 'medium' as const,
    forecast: (_policy: unknown, unitsPerHour: number) => ({
      ...{ unitsPerHour, firstShare: 0.05, hoursTo59: null, hoursTo299: null, catches: [], rampHours: null },
    }),
    hasCommit: async () => null,
  }
  const directory = await temporaryDirectory(files)
  const actor = local('ann')
  return {
    ...{ tenants, revisions, plans, quarantine, ports, directory, actor },
    plan: async () => makePlan(ports, actor, directory.path),
    apply: async () => applyDirectory(ports, actor, { directory: directory.path }),
    drift: async (...ignore: string[]) => driftOf(ports, actor, { directory: directory.path, ignore }),
    [Symbol.asyncDispose]: directory[Symbol.asyncDispose],
  }
}

async function codeOf(attempt: Promise<unknown>): Promise<string> {
  const error: unknown = await attempt.then(() => null).catch((thrown: unknown) => thrown)
  return (error as { code?: string } | null)?.code ?? 'it did not fail'
}

describe('plans', () => {
  it('change nothing, and say what applying would change, where, and how risky it is', async () => {
    await using world = await setup()
    await world.apply()
    const active = await world.revisions.active(null)
    await world.directory.write({ 'global/a.yaml': shelf('a', 12) })
    const { report } = await world.plan()
    expect(await world.revisions.active(null)).to.deep.equal(active)
    expect(report.counts).to.deep.equal({ added: 0, changed: 1, removed: 0, renamed: 0 })
    expect(report.workspaces).to.deep.equal({ affected: 2, total: 2 })
    const [document] = report.documents
    expect(document).to.deep.include({ scope: 'global', kind: 'Shelf', name: 'a', effective: 2, total: 2 })
    expect(document?.leaves[0]).to.deep.include({ path: 'width', before: 10, after: 12 })
    expect(document?.leaves[0]?.place).to.equal(`${join(world.directory.path, 'global/a.yaml')}:4`)
    expect(report.risk.class).to.equal('high')
    expect(report.risk.reasons[0]).to.contain('every tenant')
    expect(report.scopes.filter(({ changed }) => changed).map(({ scope }) => scope)).to.deep.equal(['global'])
  })

  it('are refused when somebody else applied meanwhile; nothing is changed', async () => {
    await using world = await setup()
    await world.apply()
    await world.directory.write({ 'global/a.yaml': shelf('a', 12) })
    const made = await world.plan()
    await world.directory.write({ 'global/a.yaml': shelf('a', 13) })
    await world.apply()
    const attempt = applyMadePlan(world.revisions, local('bob'), made, { reason: null })
    expect(await codeOf(attempt)).to.equal('NX-PLAN-STALE')
  })

  it('survive a file, sealed; a changed, cut, expired or foreign file is refused', async () => {
    await using world = await setup()
    const made = await world.plan()
    const text = printPlanFile(made, head)
    const file = parsePlanFile(text, 'plan.json', inTime)
    expect(file.report).to.deep.equal(JSON.parse(JSON.stringify(made.report)))
    for (const broken of [text.replace('"width": 10', '"width": 99'), text.slice(0, -20), '{}', ''])
      expect(() => parsePlanFile(broken, 'plan.json', inTime))
        .to.throw()
        .with.property('code', 'NX-PLAN-FILE')
    expect(() => parsePlanFile(text, 'plan.json', new Date('2026-01-03T00:00:00.000Z')))
      .to.throw()
      .with.property('code', 'NX-PLAN-EXPIRED')
    const applied = await applyPlanFile(world.revisions, world.actor, file, { reason: null })
    expect(applied.some(({ changed }) => changed)).to.equal(true)
    const again = await applyPlanFile(world.revisions, world.actor, file, { reason: null })
    expect(
      again.every(({ changed }) => !changed),
      'nothing to do',
    ).to.equal(true)
  })

  it('are applied by those who may, not by those who may look', async () => {
    await using world = await setup()
    const made = await world.plan()
    const { id } = await savePlan(world.plans, local('eve', 'viewer'), made, '2999-01-01T00:00:00.000Z')
    for (const role of ['viewer', 'operator'] as const) {
      expect(await codeOf(applySavedPlan(world, local('eve', role), id, { reason: null }))).to.equal(
        'NX-DENIED',
      )
      expect(
        await codeOf(applyMadePlan(world.revisions, local('eve', role), made, { reason: null })),
      ).to.equal('NX-DENIED')
    }
    expect(
      (await applySavedPlan(world, local('bob'), id, { reason: null })).some(({ changed }) => changed),
    ).to.equal(true)
  })

  it('refuse a half-written commit, two documents of one name and a tenant that does not exist; nothing is changed', async () => {
    await using world = await setup()
    await world.apply()
    const active = await world.revisions.heads((await world.tenants.list()).map(({ id }) => id))
    for (const [wrong, code] of [
      [{ 'global/a.yaml': 'apiVersion: neuronx/v1\nkind: Shelf\nname: a\nwid' }, 'NX-CONFIG-INVALID'],
      [{ 'global/a.yaml': shelf('a', 11), 'global/twin.yaml': shelf('a', 12) }, 'NX-CONFIG-INVALID'],
      [{ 'global/a.yaml': shelf('a', 11), 'tenants/acne/x.yaml': shelf('x') }, 'NX-TENANT-NOT-FOUND'],
    ] as const) {
      await world.directory.write(wrong)
      expect(await codeOf(world.plan())).to.equal(code)
      expect(await codeOf(world.apply())).to.equal(code)
      for (const name of Object.keys(wrong)) await rm(join(world.directory.path, name))
      await rm(join(world.directory.path, 'tenants/acne'), { recursive: true, force: true })
    }
    expect(await world.revisions.heads((await world.tenants.list()).map(({ id }) => id))).to.deep.equal(
      active,
    )
  })

  it('refuse a global change that a tenant without a folder here could not live with', async () => {
    await using world = await setup()
    await world.directory.write({
      'tenants/beta/book.yaml': 'apiVersion: neuronx/v1\nkind: Book\nname: k\non: a\n',
    })
    await world.apply()
    await rm(join(world.directory.path, 'tenants/beta'), { recursive: true })
    expect((await world.plan()).report.documents).to.deep.equal([])
    await rm(join(world.directory.path, 'global/a.yaml'))
    expect(await codeOf(world.plan())).to.equal('NX-CONFIG-INVALID')
    expect(await codeOf(world.apply())).to.equal('NX-CONFIG-INVALID')
  })

  it('are the same for a suspended tenant: its configuration waits with it', async () => {
    await using world = await setup()
    await world.tenants.update('acme', { status: 'suspended' }, world.actor, null)
    expect((await world.apply()).scopes.every(({ changed }) => changed)).to.equal(true)
  })
})

describe('drift', () => {
  const states = async (report: Promise<Awaited<ReturnType<typeof driftOf>>>) =>
    Object.fromEntries((await report).scopes.map(({ scope, state }) => [scope, state]))

  it('tells in sync, pending, drifted, quarantined and unknown apart', async () => {
    await using world = await setup()
    expect(await states(world.drift())).to.deep.equal({ global: 'pending', 'tenants/acme': 'pending' })
    await world.apply()
    expect(await states(world.drift())).to.deep.equal({ global: 'in_sync', 'tenants/acme': 'in_sync' })
    await world.directory.write({ 'tenants/acme/b.yaml': shelf('b', 20) })
    expect(await states(world.drift())).to.include({ 'tenants/acme': 'pending' })
    const { candidate } = await world.plan()
    const wanted = candidate.revisions.find(({ scope }) => scope.level === 'tenant')!
    await world.quarantine.quarantine({ ...wanted, reason: 'it broke', evidence: {} }, world.actor)
    expect(await states(world.drift())).to.include({ 'tenants/acme': 'quarantined' })
    await world.quarantine.lift(wanted.scope, wanted.digest, world.actor, 'mended')
    const other = { directory: '/elsewhere', repository: null, commit: null, author: null }
    await world.revisions.apply(
      [{ scope: { level: 'tenant', tenant: 'beta' }, digest: 'f'.repeat(64), documents: [] }],
      other,
      local('bob'),
      null,
    )
    await world.revisions.apply(
      [{ ...wanted, digest: 'e'.repeat(64), documents: [] }],
      other,
      local('bob'),
      null,
    )
    const report = await world.drift()
    expect(await states(Promise.resolve(report))).to.deep.equal({
      global: 'in_sync',
      'tenants/acme': 'drifted',
      'tenants/beta': 'unknown',
    })
    expect(report.differs).to.equal(true)
    expect(report.scopes.find(({ state }) => state === 'drifted')?.detail).to.contain(
      '/elsewhere by local:bob',
    )
  })

  it('sees a rollback as drift, and ignores what it is told to', async () => {
    await using world = await setup()
    await world.apply()
    await world.directory.write({ 'tenants/acme/b.yaml': shelf('b', 20) })
    await world.apply()
    const scope = { level: 'tenant', tenant: 'acme' } as const
    await rollBack(world.ports, world.actor, { scopes: [scope], to: 'previous', reason: 'too wide' })
    const report = await world.drift()
    expect(report.scopes.find(({ scope: name }) => name === 'tenants/acme')).to.include({ state: 'drifted' })
    expect(report.scopes.find(({ scope: name }) => name === 'tenants/acme')?.detail).to.contain('too wide')
    for (const ignore of ['tenants/acme', 'Shelf/b', 'Shelf/b.width'])
      expect((await world.drift(ignore)).differs, ignore).to.equal(false)
    expect((await world.drift('Shelf/b.wid')).differs).to.equal(true)
  })
})

describe('rollBack', () => {
  it('refuses what other scopes do not fit any more, unless it is forced', async () => {
    await using world = await setup()
    await rm(join(world.directory.path, 'global/a.yaml'))
    await world.apply()
    await world.directory.write({
      'global/a.yaml': shelf('a'),
      'tenants/acme/k.yaml': 'apiVersion: neuronx/v1\nkind: Book\nname: k\non: a\n',
    })
    await world.apply()
    const back = { scopes: [{ level: 'global' }] as const, to: 'previous', reason: 'x' }
    expect(await codeOf(rollBack(world.ports, world.actor, back))).to.equal('NX-CONFIG-INVALID')
    expect(await codeOf(rollBack(world.ports, local('eve', 'viewer'), back))).to.equal('NX-DENIED')
    const shown = await rollBack(world.ports, world.actor, { ...back, force: true, dryRun: true })
    expect(shown.map(({ changed }) => changed)).to.deep.equal([true])
    const done = await rollBack(world.ports, world.actor, { ...back, force: true })
    expect(
      done.map(({ changed }) => changed),
      'the dry run changed nothing',
    ).to.deep.equal([true])
  })
})
