import { expect } from 'chai'
import type { Scope, StoredDocument } from '../../src/control-plane/documents/document.ts'
import type { NewPlan, PlanStore } from '../../src/control-plane/revisions/plan-store.ts'
import type { QuarantineStore } from '../../src/control-plane/revisions/quarantine.ts'
import { bundleDigest, revisionDigest } from '../../src/control-plane/revisions/revision-digest.ts'
import type { NewRevision, RevisionStore } from '../../src/control-plane/revisions/revision-store.ts'
import { digestOf } from '../../src/kernel/digest.ts'
import type { Actor } from '../../src/platform/access/actor.ts'
import type { Tenant } from '../../src/platform/tenants/tenant.ts'
import { codeOf } from '../support/code-of.ts'

export interface RevisionHarness {
  readonly revisions: RevisionStore
  readonly plans: PlanStore
  readonly quarantine: QuarantineStore
  newTenant(): Promise<Tenant>
}

export const source = { directory: 'config', repository: null, commit: null, author: null }
const ann: Actor = { kind: 'local', user: 'ann', role: 'engineer' }
const bob: Actor = { kind: 'local', user: 'bob', role: 'engineer' }

export function documentOf(name: string, width = 1): StoredDocument {
  const body = { apiVersion: 'neuronx/v1', kind: 'Shelf', name, width }
  return { kind: 'Shelf', name, digest: digestOf(body), body }
}

export function revisionOf(scope: Scope, ...documents: readonly StoredDocument[]): NewRevision {
  const places = Object.fromEntries(
    documents.map(({ name }) => [`Shelf/${name}`, { file: `${name}.yaml`, lines: { '': [1, 1] } }]),
  )
  return { scope, digest: revisionDigest(documents), documents, places }
}

const later = '2999-01-01T00:00:00.000Z'
const earlier = '2001-01-01T00:00:00.000Z'

/** What every RevisionStore does, with the plans and quarantines that its applies look at. */
export function describeRevisionStore(harness: () => RevisionHarness): void {
  const scopesOf = async () => {
    const tenant = await harness().newTenant()
    const acme: Scope = { level: 'tenant', tenant: tenant.slug }
    const eu: Scope = { level: 'workspace', tenant: tenant.slug, workspace: 'eu' }
    return { tenant, acme, eu }
  }
  const apply = async (...revisions: readonly NewRevision[]) =>
    harness().revisions.apply(revisions, source, ann, 'because')

  const planOf = (
    scope: Scope,
    base: string | null,
    candidate: NewRevision,
    more: Partial<NewPlan> = {},
  ): NewPlan => ({
    digest: digestOf([base, candidate.digest]),
    base: [{ scope, digest: base }],
    candidate: [candidate],
    keep: [],
    source,
    report: { schema: 'x' },
    risk: 'low',
    approvers: 0,
    expiresAt: later,
    ...more,
  })
  const carryOut = async (id: string, actor: Actor = ann) => {
    const { plans, revisions } = harness()
    return revisions.apply(await plans.candidate(id), source, actor, null, { planId: id })
  }

  it('keeps the history of what was active, with who, why and how', async () => {
    const { acme } = await scopesOf()
    const [one, two] = [revisionOf(acme, documentOf('a', 1)), revisionOf(acme, documentOf('a', 2))]
    await apply(one)
    await apply(two)
    await apply(two)
    await harness().revisions.rollback([{ scope: acme, to: 'previous' }], bob, 'it broke')
    const history = await harness().revisions.activations({ scope: acme, limit: 10 })
    expect(
      history.map(({ digest, previousDigest, kind, by, reason }) => [
        digest,
        previousDigest,
        kind,
        by,
        reason,
      ]),
    ).to.deep.equal([
      [one.digest, two.digest, 'rollback', 'local:bob', 'it broke'],
      [two.digest, one.digest, 'apply', 'local:ann', 'because'],
      [one.digest, null, 'apply', 'local:ann', 'because'],
    ])
    const [, second] = history
    const older = await harness().revisions.activations({
      scope: acme,
      limit: 10,
      beforeId: second?.id ?? '',
    })
    expect(older.map(({ digest }) => digest)).to.deep.equal([one.digest])
  })

  it('goes further back with every rollback to previous, until there is nothing before', async () => {
    const { acme } = await scopesOf()
    const made = [1, 2, 3].map((width) => revisionOf(acme, documentOf('a', width)))
    for (const revision of made) await apply(revision)
    const { revisions } = harness()
    const back = async () =>
      (await revisions.rollback([{ scope: acme, to: 'previous' }], ann, 'back'))[0]?.digest
    expect(await back()).to.equal(made[1]?.digest)
    expect(await back()).to.equal(made[0]?.digest)
    expect(await codeOf(back())).to.equal('NX-REVISION-NOT-FOUND')
  })

  it('finds a stored revision by the beginning of its digest, with its places, and refuses what names none', async () => {
    const { acme, eu } = await scopesOf()
    const { revisions } = harness()
    const one = revisionOf(acme, documentOf('a'))
    await apply(one)
    await apply(revisionOf(acme, documentOf('b')))
    const found = await revisions.revision(acme, one.digest.slice(0, 8))
    expect(found?.digest).to.equal(one.digest)
    expect(found?.documents).to.deep.equal(one.documents)
    expect(found?.places).to.deep.equal(one.places)
    expect(await revisions.revision(eu, one.digest)).to.equal(null)
    expect(await codeOf(revisions.revision(acme, one.digest.slice(0, 5)))).to.equal('NX-REVISION-AMBIGUOUS')
    expect(await codeOf(revisions.revision(acme, `${'z'.repeat(8)}%`))).to.equal('NX-REVISION-AMBIGUOUS')
    expect(await codeOf(revisions.revision({ level: 'tenant', tenant: 'nobody' }, one.digest))).to.equal(
      'NX-TENANT-NOT-FOUND',
    )
  })

  it('finds what a bundle held by the digest that decisions recorded, after everything has changed', async () => {
    const { tenant, acme, eu } = await scopesOf()
    const { revisions } = harness()
    const [a, b, w] = [
      revisionOf(acme, documentOf('a', 1)),
      revisionOf(acme, documentOf('a', 2)),
      revisionOf(eu, documentOf('w')),
    ]
    await apply(a)
    await apply(w)
    const recorded = (await revisions.effective(tenant.id, 'eu')).digest
    const elsewhere = (await revisions.effective(tenant.id, 'us')).digest
    await apply(b, revisionOf(eu))
    const names = async (digest: string) =>
      (await revisions.effectiveByDigest(tenant.id, digest))
        ?.filter(({ scope }) => scope.level !== 'global')
        .map(({ digest: one }) => one)
    expect(await names(recorded)).to.deep.equal([a.digest, w.digest])
    expect(await names(elsewhere)).to.deep.equal([a.digest])
    expect(await names(bundleDigest([{ scope: acme, digest: digestOf('never') }]))).to.equal(undefined)
    const other = await harness().newTenant()
    const leaked = await revisions.effectiveByDigest(other.id, recorded)
    expect(leaked, 'another tenant’s history').to.equal(null)
  })

  it('applies only on the base that is given, and names what moved and who moved it', async () => {
    const { acme } = await scopesOf()
    const { revisions } = harness()
    const one = revisionOf(acme, documentOf('a', 1))
    await apply(one)
    const base = [{ scope: acme, digest: one.digest }]
    await revisions.apply([revisionOf(acme, documentOf('a', 2))], source, bob, null, { base })
    const late = revisionOf(acme, documentOf('a', 3))
    const error: unknown = await revisions
      .apply([late], source, ann, null, { base })
      .catch((thrown: unknown) => thrown)
    expect(error).to.include({ code: 'NX-PLAN-STALE' })
    expect((error as { detail: string }).detail).to.contain(
      `tenants/${acme.level === 'tenant' ? acme.tenant : ''}`,
    )
    expect((error as { detail: string }).detail).to.contain('local:bob')
  })

  it('lets one of two concurrent applies on the same base win, and tells the other', async () => {
    const { acme } = await scopesOf()
    const { revisions } = harness()
    const base = [{ scope: acme, digest: null }]
    const attempts = [1, 2, 3, 4].map(async (width) =>
      revisions.apply([revisionOf(acme, documentOf('a', width))], source, ann, null, { base }).then(
        () => 'applied',
        (error: { code: string }) => error.code,
      ),
    )
    expect((await Promise.all(attempts)).sort()).to.deep.equal([
      'NX-PLAN-STALE',
      'NX-PLAN-STALE',
      'NX-PLAN-STALE',
      'applied',
    ])
    expect(await revisions.activations({ scope: acme, limit: 10 })).to.have.length(1)
  })

  it('carries a saved plan out once; again is harmless while it stands, and refused after', async () => {
    const { acme } = await scopesOf()
    const { plans } = harness()
    const candidate = revisionOf(acme, documentOf('a', 1))
    const { id } = await plans.save(planOf(acme, null, candidate), ann)
    expect(
      (await harness().revisions.activations({ scope: acme, limit: 1 })).length,
      'saving applies nothing',
    ).to.equal(0)
    expect((await carryOut(id, bob)).map(({ changed }) => changed)).to.deep.equal([true])
    expect(
      (await carryOut(id)).map(({ changed }) => changed),
      'nothing to do',
    ).to.deep.equal([false])
    expect((await plans.plan(id.slice(0, 23)))?.status).to.include({ state: 'applied', by: 'local:bob' })
    expect((await harness().revisions.activations({ scope: acme, limit: 1 }))[0]?.planId).to.equal(id)
    await apply(revisionOf(acme, documentOf('a', 2)))
    expect(await codeOf(carryOut(id))).to.equal('NX-PLAN-APPLIED')
  })

  it('closes a plan that is stale or expired, and changes nothing', async () => {
    const { acme, eu } = await scopesOf()
    const { plans, revisions } = harness()
    const stale = await plans.save(planOf(acme, null, revisionOf(acme, documentOf('a', 1))), ann)
    await apply(revisionOf(acme, documentOf('a', 2)))
    expect(await codeOf(carryOut(stale.id))).to.equal('NX-PLAN-STALE')
    expect((await plans.plan(stale.id))?.status.state).to.equal('stale')
    const expired = await plans.save(
      planOf(eu, null, revisionOf(eu, documentOf('w')), { expiresAt: earlier }),
      ann,
    )
    expect((await plans.plan(expired.id))?.status.state).to.equal('expired')
    expect(await codeOf(carryOut(expired.id))).to.equal('NX-PLAN-EXPIRED')
    expect(await revisions.activations({ scope: eu, limit: 1 })).to.deep.equal([])
    expect(await codeOf(plans.candidate('0192f3a4-0000-7000-8000-000000000000'))).to.equal(
      'NX-PLAN-NOT-FOUND',
    )
  })

  it('carries a plan out only with the approvals that it needs, none of them its maker’s', async () => {
    const { acme } = await scopesOf()
    const { plans } = harness()
    const { id } = await plans.save(
      planOf(acme, null, revisionOf(acme, documentOf('a')), { approvers: 1 }),
      ann,
    )
    expect(await codeOf(carryOut(id))).to.equal('NX-PLAN-UNAPPROVED')
    expect(await codeOf(plans.approve(id, ann, null))).to.equal('NX-PLAN-OWN-APPROVAL')
    await plans.approve(id, bob, 'looks right')
    await plans.approve(id, bob, 'twice')
    expect((await plans.plan(id))?.approvals.map(({ by, reason }) => [by, reason])).to.deep.equal([
      ['local:bob', 'looks right'],
    ])
    expect((await carryOut(id)).map(({ changed }) => changed)).to.deep.equal([true])
  })

  it('refuses what is quarantined until it is lifted, or overridden with a reason', async () => {
    const { tenant, acme, eu } = await scopesOf()
    const { quarantine, revisions } = harness()
    const bad = revisionOf(acme, documentOf('a'))
    const again = async (reason: string | null, overrideQuarantine: boolean) =>
      revisions.apply([bad], source, ann, reason, { overrideQuarantine })
    await quarantine.quarantine(
      { scope: acme, digest: bad.digest, reason: '3 of 3 failed', evidence: { e: 101 } },
      ann,
    )
    expect(await codeOf(again(null, false))).to.equal('NX-REVISION-QUARANTINED')
    expect(await codeOf(again(' ', true))).to.equal('NX-REASON-REQUIRED')
    expect(
      (await quarantine.quarantined([tenant.id])).filter(({ scope }) => scope.level === 'tenant'),
    ).to.have.length(1)
    expect(await codeOf(quarantine.lift(eu, bad.digest, ann, 'no'))).to.equal('NX-REVISION-NOT-QUARANTINED')
    expect((await again('known, wanted', true))[0]?.changed).to.equal(true)
    await apply(revisionOf(acme))
    await quarantine.lift(acme, bad.digest, bob, 'fixed outside')
    expect((await again(null, false))[0]?.changed).to.equal(true)
  })

  it('keeps documents that no revision holds, for who finds them by digest', async () => {
    const { tenant, acme } = await scopesOf()
    const { revisions } = harness()
    const merged = documentOf('merged', 7)
    const keep = [{ tenant: tenant.slug, documents: [merged] }]
    await revisions.apply([revisionOf(acme, documentOf('a'))], source, ann, null, { keep })
    expect(await revisions.document(tenant.id, merged.digest)).to.deep.equal(merged)
  })

  it('changes nothing when one of several scopes is of a tenant that is not there', async () => {
    const { acme, tenant } = await scopesOf()
    const gone = revisionOf({ level: 'tenant', tenant: 'deleted-meanwhile' }, documentOf('a'))
    expect(await codeOf(apply(revisionOf(acme, documentOf('a')), gone))).to.equal('NX-TENANT-NOT-FOUND')
    const heads = await harness().revisions.heads([tenant.id])
    expect(heads.filter(({ scope }) => scope.level === 'tenant')).to.deep.equal([])
  })
}
