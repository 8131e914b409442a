import { expect } from 'chai'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { NxError } from '../../../src/kernel/errors.ts'
import { scopeName } from '../../../src/control-plane/documents/document.ts'
import { applyDirectory } from '../../../src/control-plane/revisions/apply-directory.ts'
import { ConfigurationInvalid } from '../../../src/control-plane/validate/configuration-invalid.ts'
import { actorName } from '../../../src/platform/access/actor.ts'
import type { Actor, Role } from '../../../src/platform/access/actor.ts'
import { MemoryRevisionStore } from '../../fakes/memory-revision-store.ts'
import { MemoryTenantStore } from '../../fakes/memory-tenant-store.ts'
import { temporaryDirectory } from '../temporary-directory.ts'
import { toyKinds } from '../toy-kinds.ts'

const local = (role: Role): Actor => ({ kind: 'local', user: role, role })
const shelf = (name: string, width = 10): string =>
  `apiVersion: neuronx/v1\nkind: Shelf\nname: ${name}\nwidth: ${width}\n`
const files = {
  'neuronx.yaml': 'apiVersion: neuronx/v1\nkind: Fleet\nname: toys\n',
  'global/a.yaml': shelf('a'),
  'tenants/acme/b.yaml': shelf('b'),
  'tenants/acme/workspaces/eu/c.yaml': shelf('c'),
}

async function setup(...slugs: string[]) {
  const tenants = new MemoryTenantStore()
  for (const slug of slugs)
    await tenants.create({ slug, name: slug, unknownEvents: 'accept' }, local('owner'), null)
  const revisions = new MemoryRevisionStore(tenants)
  const ports = { tenants, revisions, kinds: toyKinds }
  const directory = await temporaryDirectory(files)
  const apply = async (actor: Actor = local('engineer')) =>
    applyDirectory(ports, actor, { directory: directory.path })
  const acme = await tenants.bySlug('acme')
  return {
    directory,
    apply,
    revisions,
    acmeId: acme?.id ?? '',
    [Symbol.asyncDispose]: directory[Symbol.asyncDispose],
  }
}

async function failure(attempt: Promise<unknown>): Promise<NxError> {
  const error: unknown = await attempt.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  )
  if (error instanceof NxError) return error
  throw error
}

const changedIn = (applied: Awaited<ReturnType<typeof applyDirectory>>): string[] =>
  applied.scopes.filter(({ changed }) => changed).map(({ scope }) => scopeName(scope))

describe('applyDirectory', () => {
  it('activates every scope of the directory, from global down', async () => {
    await using world = await setup('acme')
    const applied = await world.apply()
    expect(changedIn(applied)).to.deep.equal(['global', 'tenants/acme', 'tenants/acme/workspaces/eu'])
    const effective = await world.revisions.effective(world.acmeId, 'eu')
    expect(effective.documents.map(({ kind, name }) => `${kind}/${name}`)).to.deep.equal([
      'Fleet/toys',
      'Shelf/a',
      'Shelf/b',
      'Shelf/c',
    ])
    expect((await world.revisions.effective(world.acmeId, 'us')).digest).not.to.equal(effective.digest)
  })

  it('stores documents as plain data, without the text of their files', async () => {
    await using world = await setup('acme')
    await world.apply()
    const [document] = (await world.revisions.effective(world.acmeId, 'us')).documents.slice(1)
    expect(document).to.have.all.keys('kind', 'name', 'digest', 'body')
    expect(document?.body).to.deep.equal({ apiVersion: 'neuronx/v1', kind: 'Shelf', name: 'a', width: 10 })
  })

  it('changes nothing when only the format or the files changed', async () => {
    await using world = await setup('acme')
    await world.apply()
    await rm(join(world.directory.path, 'global/a.yaml'))
    await world.directory.write({
      'global/moved/z.yml': '# new\n{ width: 0xA, name: "a", kind: Shelf, apiVersion: neuronx/v1 }\n',
    })
    expect(changedIn(await world.apply())).to.deep.equal([])
  })

  it('changes only the scope that was changed', async () => {
    await using world = await setup('acme')
    await world.apply()
    await world.directory.write({ 'tenants/acme/b.yaml': shelf('b', 11) })
    expect(changedIn(await world.apply())).to.deep.equal(['tenants/acme'])
  })

  it('takes back what a removed workspace folder had', async () => {
    await using world = await setup('acme')
    await world.apply()
    await rm(join(world.directory.path, 'tenants/acme/workspaces'), { recursive: true })
    expect(changedIn(await world.apply())).to.deep.equal(['tenants/acme/workspaces/eu'])
    const { documents } = await world.revisions.effective(world.acmeId, 'eu')
    expect(documents.map(({ name }) => name)).to.deep.equal(['toys', 'a', 'b'])
  })

  it('leaves a tenant alone that has no folder', async () => {
    await using world = await setup('acme')
    await world.apply()
    await rm(join(world.directory.path, 'tenants'), { recursive: true })
    expect(changedIn(await world.apply())).to.deep.equal([])
    expect((await world.revisions.effective(world.acmeId, 'eu')).documents).to.have.length(4)
  })

  it('refuses an invalid configuration with everything that is wrong, and changes nothing', async () => {
    await using world = await setup('acme')
    await world.directory.write({ 'global/x.yaml': `${shelf('x')}lenght: 1\n---\n${shelf('y')}hight: 2\n` })
    const error = await failure(world.apply())
    expect(error).to.be.instanceOf(ConfigurationInvalid)
    expect([error.kind, error.code]).to.deep.equal(['configuration', 'NX-CONFIG-INVALID'])
    expect((error as ConfigurationInvalid).findings.map(({ line }) => line)).to.deep.equal([5, 11])
    expect(error.where).to.deep.include({
      file: join(world.directory.path, 'global/x.yaml'),
      line: 5,
      column: 1,
    })
    expect(await world.revisions.active(world.acmeId)).to.deep.equal([])
  })

  it('refuses the folder of a tenant that does not exist, and changes nothing', async () => {
    await using world = await setup()
    expect((await failure(world.apply())).code).to.equal('NX-TENANT-NOT-FOUND')
    expect(await world.revisions.active(null)).to.deep.equal([])
  })

  for (const actor of [
    local('operator'),
    local('viewer'),
    { kind: 'token', tokenId: 't', tenantId: 'a', workspace: 'default', role: 'owner' } as const,
  ]) {
    it(`denies ${actorName(actor)}, before it looks at the directory`, async () => {
      await using world = await setup('acme')
      await world.directory.write({ 'global/x.yaml': '\t' })
      expect((await failure(world.apply(actor))).code).to.equal('NX-DENIED')
    })
  }
})
