import { expect } from 'chai'
import { NxError } from '../../../src/kernel/errors.ts'
import type { Actor, Role } from '../../../src/platform/access/actor.ts'
import { createTenant } from '../../../src/platform/tenants/create-tenant.ts'
import { listTenants } from '../../../src/platform/tenants/list-tenants.ts'
import { resumeTenant } from '../../../src/platform/tenants/resume-tenant.ts'
import { showTenant } from '../../../src/platform/tenants/show-tenant.ts'
import { suspendTenant } from '../../../src/platform/tenants/suspend-tenant.ts'
import { updateTenant } from '../../../src/platform/tenants/update-tenant.ts'
import { MemoryTenantStore } from '../../fakes/memory-tenant-store.ts'

const owner: Actor = { kind: 'local', user: 'ada', role: 'owner' }
const token = (tenantId: string, role: Role): Actor => ({
  kind: 'token',
  tokenId: 't1',
  tenantId,
  workspace: 'default',
  role,
})

async function setup() {
  const tenants = new MemoryTenantStore()
  const acme = await createTenant({ tenants }, owner, { slug: 'acme' })
  const other = await createTenant({ tenants }, owner, { slug: 'other' })
  return { tenants, acme, other }
}

async function failure(attempt: Promise<unknown>): Promise<NxError> {
  const error: unknown = await attempt.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  )
  if (error instanceof NxError) return error
  throw error
}

describe('createTenant', () => {
  it('names a tenant after its slug and accepts unknown events unless told otherwise', async () => {
    const { tenants, acme } = await setup()
    expect(acme).to.deep.include({ slug: 'acme', name: 'acme', unknownEvents: 'accept', status: 'active' })
    const strict = await createTenant({ tenants }, owner, {
      slug: 'strict',
      name: ' Strict Ltd ',
      unknownEvents: 'dead_letter',
    })
    expect(strict).to.deep.include({ name: 'Strict Ltd', unknownEvents: 'dead_letter' })
  })

  for (const slug of [
    'a',
    'Acme',
    '-acme',
    'acme-',
    'a_b',
    'a.b',
    'a/b',
    '..',
    'x'.repeat(41),
    '',
    'global',
    'nx',
    'tenants',
  ]) {
    it(`refuses the slug '${slug}'`, async () => {
      const { tenants } = await setup()
      const error = await failure(createTenant({ tenants }, owner, { slug }))
      expect([error.kind, error.code]).to.deep.equal(['invalid', 'NX-TENANT-SLUG'])
      expect(await tenants.list()).to.have.length(2)
    })
  }

  for (const name of ['', '  ', 'two\nlines', 'x'.repeat(201)]) {
    it(`refuses the name ${JSON.stringify(name.slice(0, 12))}`, async () => {
      const { tenants } = await setup()
      expect((await failure(createTenant({ tenants }, owner, { slug: 'new', name }))).code).to.equal(
        'NX-TENANT-NAME',
      )
    })
  }

  it('passes on that a slug is taken', async () => {
    const { tenants } = await setup()
    expect((await failure(createTenant({ tenants }, owner, { slug: 'acme' }))).code).to.equal(
      'NX-TENANT-EXISTS',
    )
  })

  it('is for owners of the installation only', async () => {
    const { tenants, acme } = await setup()
    const denied: Actor[] = [token(acme.id, 'owner'), { ...owner, role: 'engineer' }]
    for (const actor of denied) {
      expect((await failure(createTenant({ tenants }, actor, { slug: 'new' }))).code).to.equal('NX-DENIED')
    }
  })
})

describe('the other tenant use cases', () => {
  it('suspends and resumes, each once, with the reason', async () => {
    const { tenants } = await setup()
    tenants.audit.length = 0
    const suspend = () => suspendTenant({ tenants }, owner, { slug: 'acme', reason: 'unpaid' })
    expect((await suspend()).status).to.equal('suspended')
    expect((await suspend()).status).to.equal('suspended')
    expect((await resumeTenant({ tenants }, owner, { slug: 'acme' })).status).to.equal('active')
    expect(tenants.audit.map(({ actor, reason }) => [actor, reason])).to.deep.equal([
      ['local:ada', 'unpaid'],
      ['local:ada', null],
    ])
  })

  it('changes the name and the policy, and nothing else', async () => {
    const { tenants, acme } = await setup()
    const updated = await updateTenant({ tenants }, owner, { slug: 'acme', unknownEvents: 'dead_letter' })
    expect(updated).to.deep.equal({ ...acme, unknownEvents: 'dead_letter' })
    expect((await failure(updateTenant({ tenants }, owner, { slug: 'acme' }))).code).to.equal(
      'NX-TENANT-NO-CHANGE',
    )
  })

  it('lists all tenants for the installation and its own for a token', async () => {
    const { tenants, other } = await setup()
    expect((await listTenants({ tenants }, owner)).map(({ slug }) => slug)).to.deep.equal(['acme', 'other'])
    expect((await listTenants({ tenants }, token(other.id, 'viewer'))).map(({ slug }) => slug)).to.deep.equal(
      ['other'],
    )
    expect((await failure(listTenants({ tenants }, token(other.id, 'ingest')))).code).to.equal('NX-DENIED')
  })

  it('suggests the tenant that was meant', async () => {
    const { tenants } = await setup()
    const error = await failure(showTenant({ tenants }, owner, { slug: 'amce' }))
    expect([error.code, error.fix]).to.deep.equal(['NX-TENANT-NOT-FOUND', "Did you mean 'acme'?"])
  })

  it('answers a token of another tenant as if the tenant did not exist', async () => {
    const { tenants, acme } = await setup()
    const actor = token(acme.id, 'owner')
    const known = await failure(showTenant({ tenants }, actor, { slug: 'other' }))
    const unknown = await failure(showTenant({ tenants }, actor, { slug: 'there' }))
    expect(known.message.replace('other', 'there')).to.equal(unknown.message)
    expect([known.code, known.fix, known.detail]).to.deep.equal([unknown.code, unknown.fix, unknown.detail])
    expect(known.code).to.equal('NX-TENANT-NOT-FOUND')
  })
})
