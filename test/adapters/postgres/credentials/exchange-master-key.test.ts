import { expect } from 'chai'
import { randomBytes } from 'node:crypto'
import type { Database } from '../../../../src/adapters/postgres/database.ts'
import { migrateRollback } from '../../../../src/adapters/postgres/migrations/migrate.ts'
import { migrationStatus } from '../../../../src/adapters/postgres/migrations/migration-status.ts'
import type { KeyRotationStore } from '../../../../src/platform/secrets/data-key-store.ts'
import { resealDataKeys, retireMasterKey } from '../../../../src/platform/secrets/exchange-master-key.ts'
import { masterKeyOf, sealSecret } from '../../../../src/platform/secrets/secret-box.ts'
import type { MasterKey } from '../../../../src/platform/secrets/secret-box.ts'
import { Vault } from '../../../../src/platform/secrets/vault.ts'
import { codeOf } from '../../../support/code-of.ts'
import { openTestDatabase, querySuperuser } from '../../../support/database.ts'
import type { TestDatabase } from '../../../support/database.ts'
import { createTenant, testActor } from '../../../support/stores/tenants.ts'

const freshKey = (): MasterKey => masterKeyOf(randomBytes(32))

describe('exchanging the master key', () => {
  let opened: { database: Database; test: TestDatabase; close(): Promise<void> }
  beforeEach(async () => {
    opened = await openTestDatabase()
  })
  afterEach(async () => {
    await opened.close()
  })

  async function setup() {
    const { dataKeys: keys, secrets } = opened.database.stores
    const tenants = [(await createTenant(opened.database)).id, (await createTenant(opened.database)).id]
    const old = freshKey()
    for (const tenantId of tenants) {
      // One from before there were data keys, one of today.
      const direct = sealSecret(old, { tenantId, name: 'direct' }, Buffer.from(`direct of ${tenantId}`))
      await secrets.put(tenantId, 'direct', { ...direct, dataKeyId: null }, testActor, null)
      const vault = new Vault({ masterKey: old, keys })
      const sealed = await vault.seal({ tenantId, name: 'today' }, Buffer.from(`today of ${tenantId}`))
      await secrets.put(tenantId, 'today', sealed, testActor, null)
    }
    const read = async (masterKey: MasterKey) => {
      const vault = new Vault({ masterKey, keys })
      const texts: string[] = []
      for (const tenantId of tenants) {
        for (const name of ['direct', 'today']) {
          const sealed = await secrets.get(tenantId, name)
          texts.push((await vault.open({ tenantId, name }, sealed!)).toString())
        }
      }
      return texts
    }
    const all = tenants.flatMap((id) => [`direct of ${id}`, `today of ${id}`])
    return { keys, secrets, tenants, old, read, all }
  }

  const ports = (rotation: KeyRotationStore = opened.database.stores.dataKeys) => ({
    keys: opened.database.stores.dataKeys,
    rotation,
  })

  it('leaves both keys working, then the new one alone; values of today are not touched', async () => {
    const { old, read, all, tenants } = await setup()
    // Its id comes first: the order of keys is that of their age.
    let fresh = freshKey()
    while (fresh.id > old.id) fresh = freshKey()
    const sealedToday = async () =>
      await querySuperuser(
        opened.test,
        `select ciphertext, tag from secret where name = 'today' order by tenant_id`,
      )
    const before = await sealedToday()
    expect(await codeOf(read(fresh))).to.equal('NX-SECRET-KEY')
    const counts = await resealDataKeys(ports(), testActor, { from: old, to: fresh, reason: 'yearly' })
    expect(counts).to.deep.equal({ dataKeys: tenants.length, secrets: tenants.length })
    expect([await read(old), await read(fresh)]).to.deep.equal([all, all])
    const standings = await opened.database.stores.dataKeys.standings()
    expect(standings.map(({ masterKeyId }) => masterKeyId)).to.deep.equal([old.id, fresh.id])
    expect(await sealedToday()).to.deep.equal(before)
    const retire = { current: fresh, retired: old.id, reason: null }
    expect(await retireMasterKey(ports(), testActor, retire)).to.deep.equal({ dropped: tenants.length })
    expect(await read(fresh)).to.deep.equal(all)
    expect(await codeOf(read(old))).to.equal('NX-SECRET-KEY')
    expect(await retireMasterKey(ports(), testActor, retire)).to.deep.equal({ dropped: 0 })
    const audit = await querySuperuser<{ action: string }>(
      opened.test,
      `select action from audit_log where action like 'master_key.%' order by id`,
    )
    expect(audit.map(({ action }) => action)).to.include.members(['master_key.reseal', 'master_key.retire'])
  })

  it('may be broken off after any step and run again; nothing is unreadable meanwhile', async () => {
    const { old, read, all } = await setup()
    const fresh = freshKey()
    const steps = ['replaceSeal', 'addSeal'] as const satisfies readonly (keyof KeyRotationStore)[]
    let deaths = 0
    for (let survived = 0; ; survived += 1) {
      let left = survived
      const mortal = new Proxy(opened.database.stores.dataKeys, {
        get(target, name) {
          const member: unknown = Reflect.get(target, name)
          if (typeof member !== 'function') return member
          return async (...given: unknown[]) => {
            if ((steps as readonly unknown[]).includes(name)) {
              if (left === 0) throw new Error('the process died')
              left -= 1
            }
            return await (member as (...given: unknown[]) => Promise<unknown>).apply(target, given)
          }
        },
      })
      const end = await resealDataKeys(ports(mortal), testActor, {
        from: old,
        to: fresh,
        reason: null,
      }).catch((error: Error) => {
        if (error.message !== 'the process died') throw error
        deaths += 1
        return null
      })
      expect(await read(old)).to.deep.equal(all)
      if (end !== null) break
      expect(
        await codeOf(retireMasterKey(ports(), testActor, { current: fresh, retired: old.id, reason: null })),
      ).to.equal('NX-MASTER-KEY-IN-USE')
    }
    expect(deaths).to.be.at.least(2)
    expect(await read(fresh)).to.deep.equal(all)
  })

  it('does not let the old key go while a daemon that has it made a data key, or while the new one does not open all', async () => {
    const { old, keys } = await setup()
    const fresh = freshKey()
    await resealDataKeys(ports(), testActor, { from: old, to: fresh, reason: null })
    const { id } = await createTenant(opened.database)
    await new Vault({ masterKey: old, keys }).seal({ tenantId: id, name: 'x' }, Buffer.from('y'))
    const retire = { current: fresh, retired: old.id, reason: null }
    expect(await codeOf(retireMasterKey(ports(), testActor, retire))).to.equal('NX-MASTER-KEY-IN-USE')
    await resealDataKeys(ports(), testActor, { from: old, to: fresh, reason: null })
    await querySuperuser(
      opened.test,
      `update data_key set tag = '\\x00000000000000000000000000000000' where master_key_id = $1`,
      [fresh.id],
    )
    expect(await codeOf(retireMasterKey(ports(), testActor, retire))).to.equal('NX-SECRET-DAMAGED')
  })

  it('is for those who may, with two keys', async () => {
    const { old, tenants } = await setup()
    const wish = { from: old, to: old, reason: null }
    expect(await codeOf(resealDataKeys(ports(), testActor, wish))).to.equal('NX-MASTER-KEY-SAME')
    const token = {
      ...{ kind: 'token' as const, tokenId: 'x', workspace: 'default' },
      tenantId: tenants[0]!,
      role: 'owner' as const,
    }
    expect(await codeOf(resealDataKeys(ports(), token, { ...wish, to: freshKey() }))).to.equal('NX-DENIED')
    const retire = { current: old, retired: old.id, reason: null }
    expect(await codeOf(retireMasterKey(ports(), testActor, retire))).to.equal('NX-MASTER-KEY-SAME')
  })

  it('keeps a data key to its tenant: its seal moved to another does not open', async () => {
    const { old, keys, tenants, secrets } = await setup()
    const [one, other] = tenants as [string, string]
    const sealed = await secrets.get(one, 'today')
    const vault = new Vault({ masterKey: old, keys })
    expect(await codeOf(vault.open({ tenantId: other, name: 'today' }, sealed!))).to.equal(
      'NX-SECRET-DAMAGED',
    )
    await querySuperuser(opened.test, 'update data_key set tenant_id = $2 where id = $1', [
      sealed!.dataKeyId,
      other,
    ])
    expect(
      await codeOf(new Vault({ masterKey: old, keys }).open({ tenantId: other, name: 'today' }, sealed!)),
    ).to.equal('NX-SECRET-DAMAGED')
  })

  it('makes the way down stop while a secret hangs on a data key', async () => {
    await setup()
    const { applied } = await migrationStatus(opened.test)
    const mine = applied.findIndex((name) => name.startsWith('0024'))
    for (let later = applied.length - 1; later > mine; later -= 1) await migrateRollback(opened.test)
    const stopped: unknown = await migrateRollback(opened.test).catch((error: unknown) => error)
    if (!(stopped instanceof Error)) throw new Error('It went down')
    // Behind a dash: the cause begins with the whole text of the migration.
    expect(`${stopped.message} ${String(stopped.cause)}`).to.match(/ - secrets are sealed under data keys/)
    await querySuperuser(opened.test, 'delete from secret')
    expect(await migrateRollback(opened.test)).to.deep.equal([applied[mine]])
  })
})
