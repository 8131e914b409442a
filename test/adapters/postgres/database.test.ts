import { expect } from 'chai'
import { databaseError } from '../../../src/adapters/postgres/connection/database-error.ts'
import { jsonText } from '../../../src/adapters/postgres/connection/json-text.ts'
import { openTestDatabase, querySuperuser } from '../../support/database.ts'
import { decideSeen } from '../../support/stores/decisions.ts'
import { incoming, request } from '../../support/stores/intake.ts'
import { createTenant } from '../../support/stores/tenants.ts'

describe('an open database', () => {
  it('comes back by itself after all its connections were cut', async () => {
    const { database, test, close } = await openTestDatabase()
    try {
      await database.ping()
      await querySuperuser(
        test,
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()',
        [test.name],
      )
      for (let attempt = 0; attempt < 3; attempt += 1)
        await database
          .ping()
          .catch((error: { code: string }) => expect(error.code).to.equal('NX-DB-UNREACHABLE'))
      await database.ping()
      expect(await database.stores.tenants.list()).to.deep.equal([])
    } finally {
      await close()
    }
  })

  it('makes the partitions that are missing, and takes events although today had none', async () => {
    const { database, test, close } = await openTestDatabase()
    try {
      expect(await database.ensurePartitions()).to.equal(0)
      const drop = async (table: string) => {
        const today = await querySuperuser<{ name: string }>(
          test,
          `select $1 || to_char(now() at time zone 'utc', '_"p"YYYYMMDD') as name`,
          [table],
        )
        await querySuperuser(test, `drop table ${today[0]!.name}`)
      }
      await drop('event_log')
      const { id: tenantId } = await createTenant(database)
      const [result] = await database.stores.intake.acceptAll([request(tenantId, incoming({ tenantId }))])
      expect(result?.state).to.equal('accepted')
      await drop('decision')
      const leases = await database.stores.shardLeases.heartbeat({
        daemonId: 'a',
        host: 'h',
        version: '1',
        leaseMs: 60_000,
      })
      const events = await database.stores.outbox.entityRange(tenantId, 'default/lead/42', 1, 2)
      const error = await database.stores.decisions
        .apply(events, leases, decideSeen())
        .catch((thrown: unknown) => thrown)
      expect(error).to.include({ code: 'NX-DB-RETRY', retryable: true })
      expect(await database.stores.decisions.apply(events, leases, decideSeen())).to.include({ applied: 1 })
      expect(await database.ensurePartitions(20)).to.equal(12)
    } finally {
      await close()
    }
  })

  it('forgets inbox keys whose time is over, and no others', async () => {
    const { database, test, close } = await openTestDatabase()
    try {
      const { id: tenantId } = await createTenant(database)
      const events = ['a', 'b', 'c'].map((externalId) => incoming({ tenantId, externalId }))
      await database.stores.intake.acceptAll([request(tenantId, ...events)])
      await querySuperuser(
        test,
        `update inbox set expires_at = now() - interval '1 s' where external_id <> 'b'`,
      )
      expect(await database.forgetInboxKeys(1)).to.equal(1)
      expect(await database.forgetInboxKeys()).to.equal(1)
      expect(await querySuperuser(test, 'select external_id from inbox')).to.deep.equal([
        { external_id: 'b' },
      ])
    } finally {
      await close()
    }
  })
})

describe('database errors', () => {
  it('pass on no row that an error quotes', () => {
    const raw = Object.assign(new Error('duplicate key value violates unique constraint "x"'), {
      code: '23505',
      detail: 'Key (email)=(ada@example.com) already exists.',
    })
    const error = databaseError(raw)
    expect(error.code).to.equal('NX-DB-STATEMENT')
    expect(`${error.message} ${error.detail} ${error.fix}`).not.to.contain('ada@example.com')
  })
})

describe('jsonText', () => {
  it('leaves alone what jsonb can hold, and replaces what it cannot', () => {
    const plain = { text: 'tab\t ü 😀 \\u0000', list: [1, null, true] }
    expect(jsonText(plain)).to.equal(JSON.stringify(plain))
    expect(JSON.parse(jsonText({ 'k\u0000': ['a\u0000b', '\udc00'] }))).to.deep.equal({
      'k\ufffd': ['a\ufffdb', '\ufffd'],
    })
  })
})
