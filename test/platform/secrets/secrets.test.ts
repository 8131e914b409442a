import { expect } from 'chai'
import * as fc from 'fast-check'
import { NxError } from '../../../src/kernel/errors.ts'
import type { Actor } from '../../../src/platform/access/actor.ts'
import { listSecrets } from '../../../src/platform/secrets/list-secrets.ts'
import { masterKeyOf, openSecret, sealSecret } from '../../../src/platform/secrets/secret-box.ts'
import type { SealedSecret, SecretInfo } from '../../../src/platform/secrets/secret-store.ts'
import { secretBytesMax, setSecret } from '../../../src/platform/secrets/set-secret.ts'
import { Vault } from '../../../src/platform/secrets/vault.ts'
import { createTenant } from '../../../src/platform/tenants/create-tenant.ts'
import { MemoryDataKeys } from '../../fakes/oauth/memory-data-keys.ts'
import { MemoryTenantStore } from '../../fakes/memory-tenant-store.ts'

const owner: Actor = { kind: 'local', user: 'ada', role: 'owner' }
const key = masterKeyOf(Buffer.alloc(32, 7))
const address = { tenantId: 'a', name: 'ghl-token' }

function codeOf(attempt: () => unknown): string {
  try {
    attempt()
  } catch (error) {
    return error instanceof NxError ? error.code : String(error)
  }
  return 'it did not fail'
}

describe('the secret box', () => {
  const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array))

  it('opens what it sealed, at the same address', () => {
    fc.assert(
      fc.property(bytes, fc.string(), fc.string(), (value, tenantId, name) => {
        const sealed = sealSecret(key, { tenantId, name }, value)
        expect(openSecret(key, { tenantId, name }, sealed).equals(value)).to.equal(true)
        expect(sealed.keyId).to.match(/^[0-9a-f]{8}$/)
      }),
    )
  })

  it('never seals the same value the same way twice', () => {
    const [one, two] = [
      sealSecret(key, address, Buffer.from('x')),
      sealSecret(key, address, Buffer.from('x')),
    ]
    expect(one.ciphertext.equals(two.ciphertext) && one.nonce.equals(two.nonce)).to.equal(false)
  })

  it('does not open at another address, even one whose parts join to the same text', () => {
    const sealed = sealSecret(key, { tenantId: 'ab', name: 'c' }, Buffer.from('x'))
    expect(codeOf(() => openSecret(key, { tenantId: 'a', name: 'bc' }, sealed))).to.equal('NX-SECRET-DAMAGED')
  })

  it('does not open when any byte of it was changed', () => {
    const sealed = sealSecret(key, address, Buffer.from('hunter2'))
    for (const part of ['ciphertext', 'nonce', 'tag'] as const) {
      for (const index of sealed[part].keys()) {
        const changed = Buffer.from(sealed[part])
        changed[index] = (changed[index] ?? 0) ^ 1
        expect(
          codeOf(() => openSecret(key, address, { ...sealed, [part]: changed })),
          part,
        ).to.equal('NX-SECRET-DAMAGED')
      }
    }
  })

  it('does not open with a shortened tag', () => {
    const sealed = sealSecret(key, address, Buffer.from('x'))
    expect(codeOf(() => openSecret(key, address, { ...sealed, tag: sealed.tag.subarray(0, 4) }))).to.equal(
      'NX-SECRET-DAMAGED',
    )
  })

  it('says when another master key sealed it', () => {
    const sealed = sealSecret(masterKeyOf(Buffer.alloc(32, 8)), address, Buffer.from('x'))
    expect(codeOf(() => openSecret(key, address, sealed))).to.equal('NX-SECRET-KEY')
  })

  it('takes keys of 32 bytes only', () => {
    for (const length of [0, 16, 31, 33, 64]) {
      expect(codeOf(() => masterKeyOf(Buffer.alloc(length)))).to.equal('NX-MASTER-KEY')
    }
  })
})

async function setup() {
  const tenants = new MemoryTenantStore()
  const { id } = await createTenant({ tenants }, owner, { slug: 'acme' })
  const sealed = new Map<string, SealedSecret>()
  const vault = new Vault({ masterKey: key, keys: new MemoryDataKeys() })
  const put = async (_tenantId: string, name: string, secret: SealedSecret): Promise<SecretInfo> => {
    sealed.set(name, secret)
    return { name, version: 1, keyId: secret.keyId, updatedAt: '2026-01-01T00:00:00.000Z' }
  }
  const set = (name: string, value: string | Buffer, actor = owner) =>
    setSecret({ tenants, secrets: { put }, vault }, actor, {
      tenant: 'acme',
      name,
      value: Buffer.from(value),
    })
  const stored = async (name: string): Promise<string> => {
    const secret = sealed.get(name)
    return secret === undefined ? '' : (await vault.open({ tenantId: id, name }, secret)).toString()
  }
  return { tenants, id, set, stored, sealed }
}

async function failure(attempt: Promise<unknown>): Promise<NxError> {
  const error: unknown = await attempt.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  )
  if (error instanceof NxError) return error
  throw error
}

describe('setSecret', () => {
  for (const [title, given, expected] of [
    ['a line end', 'hunter2\n', 'hunter2'],
    ['a Windows line end', 'hunter2\r\n', 'hunter2'],
    ['one of two line ends', 'hunter2\n\n', 'hunter2\n'],
    ['no inner line end', '-----BEGIN KEY-----\nabc\n', '-----BEGIN KEY-----\nabc'],
    ['nothing else', ' hunter2 ', ' hunter2 '],
  ] as const) {
    it(`takes ${title} off the end`, async () => {
      const { set, stored } = await setup()
      await set('ghl-token', given)
      expect(await stored('ghl-token')).to.equal(expected)
    })
  }

  it('takes up to 64 KiB and not a byte more', async () => {
    const { set, stored } = await setup()
    await set('big', `${'x'.repeat(secretBytesMax)}\n`)
    expect(await stored('big')).to.have.length(secretBytesMax)
    expect((await failure(set('bigger', 'x'.repeat(secretBytesMax + 1)))).code).to.equal('NX-SECRET-VALUE')
  })

  for (const value of ['', '\n', '\r\n']) {
    it(`refuses ${JSON.stringify(value)} as empty`, async () => {
      const { set } = await setup()
      expect((await failure(set('ghl-token', value))).code).to.equal('NX-SECRET-VALUE')
    })
  }

  for (const name of ['', 'A', 'a_b', '-a', 'a-', 'a b', 'x'.repeat(64)]) {
    it(`refuses the name '${name}'`, async () => {
      const { set, sealed } = await setup()
      expect((await failure(set(name, 'hunter2'))).code).to.equal('NX-SECRET-NAME')
      expect(sealed.size).to.equal(0)
    })
  }

  it('keeps the value out of results and errors', async () => {
    const { set } = await setup()
    const shown = JSON.stringify([await set('ghl-token', 'hunter2'), await failure(set('BAD', 'hunter2'))])
    expect(shown).not.to.contain('hunter2')
  })

  it('is for those who manage secrets', async () => {
    const { set, id, tenants } = await setup()
    const actor = (role: 'operator' | 'engineer'): Actor => ({
      kind: 'token',
      tokenId: 't',
      tenantId: id,
      workspace: 'default',
      role,
    })
    expect((await failure(set('ghl-token', 'x', actor('operator')))).code).to.equal('NX-DENIED')
    expect((await set('ghl-token', 'x', actor('engineer'))).name).to.equal('ghl-token')
    const list = listSecrets({ tenants, secrets: { list: async () => [] } }, actor('operator'), {
      tenant: 'acme',
    })
    expect((await failure(list)).code).to.equal('NX-DENIED')
  })
})
