import { expect } from 'chai'
import * as fc from 'fast-check'
import { createHash } from 'node:crypto'
import { NxError } from '../../../src/kernel/errors.ts'
import { derivedId } from '../../../src/kernel/ids.ts'
import type { Actor } from '../../../src/platform/access/actor.ts'
import { createToken } from '../../../src/platform/access/create-token.ts'
import type { CreateTokenRequest } from '../../../src/platform/access/create-token.ts'
import { listTokens } from '../../../src/platform/access/list-tokens.ts'
import { revokeToken } from '../../../src/platform/access/revoke-token.ts'
import { base62, tokenPattern } from '../../../src/platform/access/token-secret.ts'
import type { TokenInfo, TokenStore } from '../../../src/platform/access/token-store.ts'
import { indexTokens, verifyToken } from '../../../src/platform/access/verify-token.ts'
import { createTenant } from '../../../src/platform/tenants/create-tenant.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'
import { MemoryTenantStore } from '../../fakes/memory-tenant-store.ts'

const owner: Actor = { kind: 'local', user: 'ada', role: 'owner' }

class MemoryTokenStore implements TokenStore {
  readonly rows: (TokenInfo & { hash: string })[] = []

  async create(token: Parameters<TokenStore['create']>[0]): Promise<TokenInfo> {
    const { hash, ...rest } = token
    const info = {
      ...rest,
      id: derivedId(hash.toString('hex')),
      createdAt: '2026-01-01T00:00:00.000Z',
      revokedAt: null,
    }
    this.rows.push({ ...info, hash: hash.toString('hex') })
    return info
  }

  async list(tenantId: string): Promise<readonly TokenInfo[]> {
    return this.rows.filter((row) => row.tenantId === tenantId)
  }

  async revoke(tenantId: string, tokenId: string): Promise<TokenInfo> {
    const index = this.rows.findIndex((row) => row.tenantId === tenantId && row.id === tokenId)
    const row = this.rows[index]
    if (row === undefined) throw new NxError('not_found', 'NX-TOKEN-NOT-FOUND', 'There is no such token')
    this.rows[index] = { ...row, revokedAt: '2026-01-02T00:00:00.000Z' }
    return this.rows[index]
  }
}

async function setup() {
  const tenants = new MemoryTenantStore()
  const tokens = new MemoryTokenStore()
  const clock = new ManualClock()
  const acme = await createTenant({ tenants }, owner, { slug: 'acme' })
  const other = await createTenant({ tenants }, owner, { slug: 'other' })
  const ports = { tenants, tokens, clock }
  const create = (change: Partial<CreateTokenRequest> = {}, actor = owner) =>
    createToken(ports, actor, { tenant: 'acme', role: 'ingest', ...change })
  const index = () => indexTokens({ tenants: [acme, other], tokens: tokens.rows })
  return { ...ports, acme, other, create, index }
}

async function codeOf(attempt: Promise<unknown>): Promise<string> {
  return attempt.then(
    () => 'it did not fail',
    (error: unknown) => (error instanceof NxError ? error.code : String(error)),
  )
}

describe('tokens', () => {
  it('look like nx_ and 43 letters and digits, and never twice the same', async () => {
    const { create } = await setup()
    const [one, two] = [await create(), await create()]
    expect(one.token).to.match(tokenPattern)
    expect(one.token).not.to.equal(two.token)
  })

  it('write any 32 bytes as 43 digits, different bytes differently', () => {
    const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 })
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        const [left, right] = [base62(Buffer.from(a)), base62(Buffer.from(b))]
        expect(left).to.match(/^[0-9A-Za-z]{43}$/)
        expect(left === right).to.equal(Buffer.from(a).equals(Buffer.from(b)))
      }),
    )
    expect(base62(Buffer.alloc(32))).to.equal('0'.repeat(43))
    expect(base62(Buffer.alloc(32, 0xff))).to.have.length(43)
  })

  it('are stored as their sha256 only', async () => {
    const { create, tokens } = await setup()
    const { token, info } = await create()
    expect(tokens.rows[0]?.hash).to.equal(createHash('sha256').update(token).digest('hex'))
    expect(JSON.stringify([info, tokens.rows])).not.to.contain(token)
  })

  it('are recognised with their tenant, workspace and role', async () => {
    const { create, index, clock, acme } = await setup()
    const { token, info } = await create({ workspace: 'eu', role: 'operator' })
    const found = verifyToken(index(), token, clock.now())
    expect(found?.tenant).to.deep.equal(acme)
    expect(found?.actor).to.deep.equal({
      kind: 'token',
      tokenId: info.id,
      tenantId: acme.id,
      workspace: 'eu',
      role: 'operator',
    })
  })

  for (const [title, change] of [
    ['one wrong letter', (token: string) => token.slice(0, -1) + (token.endsWith('a') ? 'b' : 'a')],
    ['a letter more', (token: string) => `${token}a`],
    ['a space', (token: string) => ` ${token}`],
    ['nothing', () => ''],
    ['its own hash', (token: string) => createHash('sha256').update(token).digest('hex')],
  ] as const) {
    it(`are not recognised with ${title}`, async () => {
      const { create, index, clock } = await setup()
      const { token } = await create()
      expect(verifyToken(index(), change(token), clock.now())).to.equal(null)
    })
  }

  it('end at the moment they expire, however old the directory is', async () => {
    const { create, index, clock } = await setup()
    const { token, info } = await create({ validForMs: 60_000 })
    expect(info.expiresAt).to.equal('2026-03-05T12:01:00.000Z')
    const known = index()
    clock.advance(59_999)
    expect(verifyToken(known, token, clock.now())?.token.id).to.equal(info.id)
    clock.advance(1)
    expect(verifyToken(known, token, clock.now())).to.equal(null)
  })

  it('end when they are revoked', async () => {
    const { create, index, clock, tenants, tokens } = await setup()
    const { token, info } = await create()
    await revokeToken({ tenants, tokens }, owner, { tenant: 'acme', tokenId: info.id })
    expect(verifyToken(index(), token, clock.now())).to.equal(null)
  })

  it('are listed for their tenant only', async () => {
    const { create, tenants, tokens } = await setup()
    const { info } = await create()
    const list = (tenant: string) => listTokens({ tenants, tokens }, owner, { tenant })
    expect((await list('acme')).map(({ id }) => id)).to.deep.equal([info.id])
    expect(await list('other')).to.deep.equal([])
  })

  it('cannot be revoked through another tenant, nor by their own text', async () => {
    const { create, tenants, tokens } = await setup()
    const { token, info } = await create()
    const revoke = (tenant: string, tokenId: string) =>
      codeOf(revokeToken({ tenants, tokens }, owner, { tenant, tokenId }))
    expect(await revoke('other', info.id)).to.equal('NX-TOKEN-NOT-FOUND')
    expect(await revoke('acme', token)).to.equal('NX-TOKEN-NOT-FOUND')
  })

  for (const [title, change] of [
    ['a workspace of another shape', { workspace: 'E U' }],
    ['an empty label', { label: '' }],
    ['a label on two lines', { label: 'a\nb' }],
    ['no time at all', { validForMs: 0 }],
    ['more than ten years', { validForMs: 3651 * 86_400_000 }],
    ['a time that is no number', { validForMs: Number.NaN }],
  ] as const) {
    it(`refuse ${title}`, async () => {
      const { create, tokens } = await setup()
      expect(await codeOf(create(change))).to.equal('NX-TOKEN-REQUEST')
      expect(tokens.rows).to.deep.equal([])
    })
  }

  it('are made by owners of the tenant only', async () => {
    const { create, acme, other } = await setup()
    const actor = (tenantId: string, role: 'owner' | 'engineer'): Actor => ({
      kind: 'token',
      tokenId: 't',
      tenantId,
      workspace: 'default',
      role,
    })
    expect((await create({}, actor(acme.id, 'owner'))).info.tenantId).to.equal(acme.id)
    expect(await codeOf(create({}, actor(acme.id, 'engineer')))).to.equal('NX-DENIED')
    expect(await codeOf(create({}, actor(other.id, 'owner')))).to.equal('NX-TENANT-NOT-FOUND')
  })
})
