import { expect } from 'chai'
import { sha256Hex } from '../../../src/kernel/digest.ts'
import { newId } from '../../../src/kernel/ids.ts'
import type { Database } from '../../../src/adapters/postgres/database.ts'
import type { StoredDocument } from '../../../src/control-plane/documents/document.ts'
import type { NewRevision } from '../../../src/control-plane/revisions/revision-store.ts'
import { codeOf } from '../../support/code-of.ts'
import { openTestDatabase, querySuperuser } from '../../support/database.ts'
import type { TestDatabase } from '../../support/database.ts'
import { createTenant, testActor } from '../../support/stores/tenants.ts'

const source = { directory: 'config', repository: null, commit: null, author: null }

const documentNamed = (name: string, body: object = {}): StoredDocument => ({
  kind: 'RuleSet',
  name,
  digest: sha256Hex(JSON.stringify([name, body])),
  body: { name, ...body },
})

const revisionOf = (scope: NewRevision['scope'], ...documents: readonly StoredDocument[]): NewRevision => ({
  scope,
  documents,
  digest: sha256Hex(documents.map((document) => document.digest).join()),
})

describe('platform stores on Postgres', () => {
  let opened: { database: Database; test: TestDatabase; close(): Promise<void> }
  before(async () => {
    opened = await openTestDatabase()
  })
  after(async () => opened.close())
  const stores = () => opened.database.stores
  const audit = async (action: string) =>
    querySuperuser<{ target: string; reason: string | null; actor: string; before: unknown; after: unknown }>(
      opened.test,
      'select target, reason, actor, before, after from audit_log where action = $1 order by id',
      [action],
    )

  it('creates, lists, changes and finds tenants, each change with its audit row', async () => {
    const { tenants } = stores()
    const acme = await tenants.create(
      { slug: 'acme', name: 'Acme', unknownEvents: 'accept' },
      testActor,
      'new customer',
    )
    expect(acme).to.include({ slug: 'acme', status: 'active', unknownEvents: 'accept' })
    expect(
      await codeOf(tenants.create({ slug: 'acme', name: 'B', unknownEvents: 'accept' }, testActor, null)),
    ).to.equal('NX-TENANT-EXISTS')
    const changed = await tenants.update('acme', { status: 'suspended' }, testActor, 'unpaid')
    expect(changed).to.deep.equal({ ...acme, status: 'suspended' })
    expect(await tenants.bySlug('acme')).to.deep.equal(changed)
    expect(await tenants.bySlug('nobody')).to.be.null
    expect(await tenants.list()).to.deep.include(changed)
    expect(await codeOf(tenants.update('nobody', {}, testActor, null))).to.equal('NX-TENANT-NOT-FOUND')
    expect(await audit('tenant.create')).to.have.length(1)
    const [row] = await audit('tenant.update')
    expect(row).to.include({ target: 'tenant/acme', reason: 'unpaid', actor: 'local:test' })
    expect([row?.before, row?.after]).to.deep.equal([acme, changed])
  })

  it('shows tokens without their secret, and only live ones to the directory', async () => {
    const { tokens, directory } = stores()
    const { id: tenantId } = await createTenant(opened.database)
    const make = async (label: string, expiresAt: string | null) =>
      tokens.create(
        {
          tenantId,
          workspace: 'default',
          role: 'ingest',
          label,
          hash: Buffer.from(sha256Hex(label), 'hex'),
          expiresAt,
        },
        testActor,
        null,
      )
    const live = await make('live', '2099-01-01T00:00:00.000Z')
    const revoked = await make('revoked', null)
    await make('expired', '2001-01-01T00:00:00.000Z')
    const gone = await tokens.revoke(tenantId, revoked.id, testActor, null)
    expect(gone.revokedAt).to.be.a('string')
    expect((await tokens.list(tenantId)).map((token) => token.label)).to.deep.equal([
      'live',
      'revoked',
      'expired',
    ])
    const snapshot = await directory.load()
    const own = snapshot.tokens.filter((token) => token.tenantId === tenantId)
    expect(own).to.deep.equal([{ ...live, hash: sha256Hex('live') }])
    for (const [tenant, id] of [
      [newId(), live.id],
      [tenantId, newId()],
      [tenantId, 'x'],
    ] as const) {
      expect(await codeOf(tokens.revoke(tenant, id, testActor, null))).to.equal('NX-TOKEN-NOT-FOUND')
    }
    expect(JSON.stringify([await tokens.list(tenantId), await audit('token.create')])).not.to.contain(
      sha256Hex('live'),
    )
  })

  it('moves the directory version with every change that daemons must follow, and with nothing else', async () => {
    const { directory, tokens, secrets, revisions } = stores()
    const versions = [await directory.version()]
    const note = async () => versions.push(await directory.version())
    const tenant = await createTenant(opened.database)
    await note()
    const token = await tokens.create(
      {
        tenantId: tenant.id,
        workspace: 'default',
        role: 'viewer',
        label: null,
        hash: Buffer.from(sha256Hex('v'), 'hex'),
        expiresAt: null,
      },
      testActor,
      null,
    )
    await note()
    await tokens.revoke(tenant.id, token.id, testActor, null)
    await note()
    await secrets.put(
      tenant.id,
      's',
      {
        ciphertext: Buffer.from('c'),
        nonce: Buffer.from('n'),
        tag: Buffer.from('t'),
        keyId: 'k',
        dataKeyId: null,
      },
      testActor,
      null,
    )
    await note()
    await revisions.apply(
      [revisionOf({ level: 'tenant', tenant: tenant.slug }, documentNamed('a'))],
      source,
      testActor,
      null,
    )
    await note()
    expect(new Set(versions).size).to.equal(versions.length)
    await directory.load()
    await revisions.effective(tenant.id, 'default')
    expect(await directory.version()).to.equal(versions.at(-1))
    expect((await directory.load()).version).to.equal(versions.at(-1))
  })

  it('keeps every version of a secret and hands out the newest, to its tenant', async () => {
    const { secrets } = stores()
    const [tenant, other] = [await createTenant(opened.database), await createTenant(opened.database)]
    const sealed = (text: string) => ({
      ciphertext: Buffer.from(text),
      nonce: Buffer.from('n'),
      tag: Buffer.from('t'),
      keyId: 'k1',
      dataKeyId: null,
    })
    await secrets.put(tenant.id, 'ghl', sealed('one'), testActor, null)
    const both = await Promise.all(
      ['two', 'three'].map(async (text) => secrets.put(tenant.id, 'ghl', sealed(text), testActor, null)),
    )
    expect(both.map((info) => info.version).toSorted()).to.deep.equal([2, 3])
    const newest = both.find((info) => info.version === 3)!
    expect(await secrets.list(tenant.id)).to.deep.equal([newest])
    expect((await secrets.get(tenant.id, 'ghl'))?.ciphertext.toString()).to.be.oneOf(['two', 'three'])
    expect(await secrets.get(tenant.id, 'none')).to.be.null
    expect(await secrets.get(other.id, 'ghl')).to.be.null
    expect(JSON.stringify(await audit('secret.set'))).not.to.contain(Buffer.from('two').toString('base64'))
  })

  it('applies revisions of several scopes at once, and shows each workspace what it is under', async () => {
    const { revisions } = stores()
    const [tenant, other] = [await createTenant(opened.database), await createTenant(opened.database)]
    const empty = await revisions.effective(tenant.id, 'eu')
    expect(empty).to.deep.equal({ digest: sha256Hex(''), layers: [], documents: [] })
    const [common, own, eu] = [documentNamed('common'), documentNamed('own'), documentNamed('eu')]
    const scopes = [
      revisionOf({ level: 'global' }, common),
      revisionOf({ level: 'workspace', tenant: tenant.slug, workspace: 'eu' }, eu),
      revisionOf({ level: 'tenant', tenant: tenant.slug }, own),
    ]
    const applied = await revisions.apply(scopes, source, testActor, 'first')
    expect(applied.map((scope) => [scope.changed, scope.previousDigest])).to.deep.equal([
      [true, null],
      [true, null],
      [true, null],
    ])
    const names = async (id: string, workspace: string) =>
      (await revisions.effective(id, workspace)).documents.map((document) => document.name)
    expect(await names(tenant.id, 'eu')).to.deep.equal(['common', 'own', 'eu'])
    expect(await names(tenant.id, 'us')).to.deep.equal(['common', 'own'])
    expect((await revisions.effective(tenant.id, 'eu')).layers.map(({ scope }) => scope.level)).to.deep.equal(
      ['global', 'tenant', 'workspace'],
    )
    expect(await names(other.id, 'eu')).to.deep.equal(['common'])
    expect((await revisions.effective(tenant.id, 'eu')).digest).not.to.equal(
      (await revisions.effective(tenant.id, 'us')).digest,
    )
    expect(
      (await revisions.apply(scopes, source, testActor, null)).map((scope) => scope.changed),
    ).to.deep.equal([false, false, false])
    const next = revisionOf(
      { level: 'tenant', tenant: tenant.slug },
      documentNamed('own', { v: 2 }),
      documentNamed('more'),
    )
    const [changed] = await revisions.apply([next], source, testActor, null)
    expect(changed).to.include({ changed: true, previousDigest: scopes[2]!.digest })
    expect(await names(tenant.id, 'us')).to.deep.equal(['common', 'own', 'more'])
    expect(
      await revisions.document(tenant.id, own.digest),
      'what instances in flight were started with',
    ).to.deep.equal(own)
    expect(await revisions.document(other.id, own.digest)).to.be.null
    expect(await revisions.document(other.id, common.digest)).to.deep.equal(common)
    const [back] = await revisions.apply([scopes[2]!], source, testActor, 'rollback')
    expect(back).to.include({ changed: true })
    const active = await revisions.active(tenant.id)
    expect(active.map((revision) => revision.scope.level)).to.deep.equal(['global', 'tenant', 'workspace'])
    expect(active[1]).to.deep.include({
      digest: scopes[2]!.digest,
      documents: [own],
      createdBy: 'local:test',
      source,
    })
    expect(await audit('config.apply')).to.have.length.at.least(5)
  })

  it('applies all scopes or none', async () => {
    const { revisions } = stores()
    const tenant = await createTenant(opened.database)
    const before = await revisions.active(tenant.id)
    const scopes = [
      revisionOf({ level: 'tenant', tenant: tenant.slug }, documentNamed('fine')),
      revisionOf({ level: 'tenant', tenant: 'nobody-at-all' }, documentNamed('lost')),
    ]
    expect(await codeOf(revisions.apply(scopes, source, testActor, null))).to.equal('NX-TENANT-NOT-FOUND')
    expect(await revisions.active(tenant.id)).to.deep.equal(before)
  })
})
