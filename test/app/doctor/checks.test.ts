import { expect } from 'chai'
import { busChecks } from '../../../src/app/doctor/bus-checks.ts'
import { conditionChecks } from '../../../src/app/doctor/condition-checks.ts'
import { refusedChecks, schedulesCheck, secretsCheck } from '../../../src/app/doctor/database-checks.ts'
import { within } from '../../../src/app/doctor/within.ts'
import type { Database } from '../../../src/adapters/postgres/database.ts'
import { NxError } from '../../../src/kernel/errors.ts'
import type { BusFacts } from '../../../src/messaging/bus/bus-facts.ts'
import { testActor } from '../../support/stores/tenants.ts'
import { soundFacts } from '../../support/alerts/installation-facts.ts'

const tenantId = '00000000-0000-0000-0000-00000000000a'
const daemon = { id: 'd', host: 'h', version: '1', uptimeMs: 1, loopAgesMs: {}, health: null }

const soundBus: BusFacts = {
  version: '2.9.10',
  cluster: null,
  replicas: 1,
  syncInterval: 'known',
  syncIntervalMs: 60_000,
  maxPayloadBytes: 1_048_576,
  payloadBytesNeeded: 819_200,
  storage: { usedBytes: 0, maxBytes: null },
  streams: [{ name: 'NX_EVENTS', messages: 1, bytes: 10, maxBytes: 100, replicas: 1, storage: 'file' }],
  streamsMissing: [],
  consumersAhead: [],
  warnings: [],
}

describe('the checks of doctor', () => {
  it('are all well in a sound installation', () => {
    const checks = [...conditionChecks(soundFacts({ daemons: [daemon] }), () => null), ...busChecks(soundBus)]
    expect(checks.filter(({ status }) => status !== 'ok')).to.deep.equal([])
  })

  it('have a fix for everything that is wrong', () => {
    const lane = { tenantId, integration: 'ghl', count: 1, ageMs: 400_000 }
    const sick = soundFacts({
      inDoubt: [lane],
      overdue: [lane],
      blockedHeads: [lane],
      closedGates: [
        { tenantId, integration: 'ghl', breaker: 'open', reason: 'NX-CALL-CREDENTIALS', shutMs: 1 },
      ],
      fence: { ageMs: 60_000, pid: 1, application: 'a', state: 'active' },
      oldestUnpublishedMs: 90_000,
      shardsOwned: [],
      partitionDaysAhead: 0,
    })
    const wrong = conditionChecks(sick, () => 'acme').filter(({ status }) => status !== 'ok')
    expect(new Set(wrong.map(({ check }) => check))).to.deep.equal(
      new Set([
        'lanes.in_doubt',
        'lanes.stuck',
        'credentials',
        'relay.unpublished',
        'relay.fence',
        'daemons.live',
        'shards',
        'database.partitions',
      ]),
    )
    for (const { fix, check } of wrong) expect(fix, check).to.be.a('string').and.not.equal('')
    expect(wrong[0]?.found).to.match(/^acme: /)
  })

  it('list a few of many, and count the others', () => {
    const inDoubt = Array.from({ length: 8 }, (_, n) => ({
      tenantId,
      integration: `i${n}`,
      count: 1,
      ageMs: 1,
    }))
    const found = conditionChecks(soundFacts({ inDoubt, daemons: [daemon] }), () => null)
    const lines = found.filter(({ check }) => check === 'lanes.in_doubt')
    expect(lines).to.have.length(6)
    expect(lines[5]?.found).to.equal('and 3 more like these')
  })

  it('list a few of the schedules that cannot run, and tell of more', async () => {
    const late = (count: number) => {
      const schedules = {
        attention: async (overdueMs: number, max: number) =>
          Array.from({ length: Math.min(count, max) }, (_, n) => ({
            tenantId,
            workspace: 'default',
            name: `s${n}`,
            trouble: null,
            overdueMs,
          })),
      }
      const tenants = { list: async () => [{ id: tenantId, slug: 'acme' }] }
      return schedulesCheck({ stores: { schedules, tenants } } as unknown as Database, testActor)
    }
    expect(await late(5)).to.have.length(5)
    const many = await late(8)
    expect(many).to.have.length(6)
    expect(many[5]).to.deep.equal({
      check: 'schedules',
      status: 'warn',
      found: 'and more like these',
      fix: 'neuronx schedule list --tenant acme',
    })
  })

  it('never advise to retire the key that daemons change over to', async () => {
    const standing = { dataKeys: 3, alone: 0, secrets: 0 }
    const standings = async () => [
      { ...standing, masterKeyId: 'older' },
      { ...standing, masterKeyId: 'newer' },
    ]
    const database = { stores: { dataKeys: { standings } } } as unknown as Database
    const [after] = await secretsCheck(database, 'newer')
    expect(after?.fix).to.match(/rotate --retire older$/)
    const [before] = await secretsCheck(database, 'older')
    expect(before).to.include({ status: 'warn' })
    expect(before?.fix).to.not.contain('--retire newer')
    expect(before?.fix).to.contain('NEURONX_MASTER_KEY_FILE')
  })

  it('say that a fence would go unnoticed when other logins cannot be seen', () => {
    const checks = conditionChecks(soundFacts({ fenceVisible: false, daemons: [daemon] }), () => null)
    const fence = checks.find(({ check }) => check === 'relay.fence')
    expect(fence).to.include({ status: 'warn' })
    expect(fence?.fix).to.contain('grant pg_read_all_stats to neuronx_relay')
  })

  it('find on the bus what is missing, full, too small or ahead', () => {
    const wrong = (over: Partial<BusFacts>) =>
      busChecks({ ...soundBus, ...over }).flatMap(({ check, status }) => (status === 'ok' ? [] : [check]))
    expect(wrong({ streamsMissing: ['NX_INGEST'] })).to.deep.equal(['bus.streams'])
    expect(wrong({ consumersAhead: [3] })).to.deep.equal(['bus.consumers'])
    expect(wrong({ maxPayloadBytes: 1_000 })).to.deep.equal(['bus.payload'])
    expect(wrong({ storage: { usedBytes: 95, maxBytes: 100 } })).to.deep.equal(['bus.room'])
    expect(wrong({ warnings: ['too little room'] })).to.deep.equal(['bus.settings'])
  })

  it('attribute a refusal of the database to what refused, the ones before it passed', () => {
    const refused = (code: string) =>
      refusedChecks(new NxError('configuration', code, 'no')).map(({ check, status }) => `${check} ${status}`)
    expect(refused('NX-DB-UNREACHABLE')).to.deep.equal(['database.reachable fail'])
    expect(refused('NX-DB-ROLE')).to.deep.equal(['database.reachable ok', 'database.role fail'])
    expect(refused('NX-DB-SCHEMA')).to.have.length(3)
    expect(refused('NX-DB-RESTORED').at(-1)).to.equal('database.cluster fail')
  })

  it('end at their deadline, and turn what is thrown into a finding with its fix', async () => {
    const [late] = await within('x', 5, async () => await new Promise(() => {}))
    expect(late).to.include({ check: 'x', status: 'fail' })
    expect(late?.found).to.contain('no answer')
    const [thrown] = await within('x', 1_000, async () => {
      throw new NxError('unreachable', 'NX-BUS-UNREACHABLE', 'NATS does not answer', { fix: 'start it' })
    })
    expect(thrown).to.include({ status: 'fail', fix: 'start it' })
    expect(thrown?.found).to.contain('NX-BUS-UNREACHABLE')
  })
})
