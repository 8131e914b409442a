import { expect } from 'chai'
import { allAlertCodes } from '../../../src/platform/alerts/alert-codes.ts'
import { codesLookedAt, conditionsOf } from '../../../src/platform/alerts/conditions-of.ts'
import type { ObservedDaemon } from '../../../src/platform/alerts/daemon-health.ts'
import type { InstallationFacts } from '../../../src/platform/alerts/installation-facts.ts'
import type { Observations } from '../../../src/platform/alerts/observations.ts'
import { factsAt, soundFacts } from '../../support/alerts/installation-facts.ts'

const tenantId = '00000000-0000-0000-0000-00000000000a'
const seen: Observations = { slugOf: () => 'acme', unownedMs: new Map(), consumersAhead: [] }
const found = (over: Partial<InstallationFacts>, observed: Partial<Observations> = {}) =>
  conditionsOf(soundFacts(over), { ...seen, ...observed })
const codes = (over: Partial<InstallationFacts>, observed: Partial<Observations> = {}) =>
  found(over, observed).map(({ code }) => code)
const minutes = 60_000

function daemon(over: Partial<ObservedDaemon> = {}): ObservedDaemon {
  return {
    id: 'd1',
    host: 'h1',
    version: '1.0.0',
    uptimeMs: 60 * minutes,
    loopAgesMs: { relay: 100, maintenance: 400_000 },
    health: {
      skewMs: 20,
      disk: { freeBytes: 50, sizeBytes: 100 },
      repaired: { events: 0, lastAt: null },
      refused: [],
    },
    ...over,
  }
}

describe('what somebody must know of', () => {
  it('is nothing when all is well', () => {
    expect(found({ daemons: [daemon()] })).to.deep.equal([])
  })

  it('names a tenant’s commands by integration, with a command that shows them', () => {
    const lane = { tenantId, integration: 'ghl', count: 3, ageMs: 6 * minutes }
    const conditions = found({ inDoubt: [lane], overdue: [lane], blockedHeads: [lane] })
    expect(conditions.map(({ code, tenantId: of, subject }) => [code, of, subject])).to.deep.equal([
      ['NX-ALERT-IN-DOUBT', tenantId, 'integration/ghl'],
      ['NX-ALERT-LANES-OVERDUE', tenantId, 'integration/ghl'],
      ['NX-ALERT-LANES-BLOCKED', tenantId, 'integration/ghl'],
    ])
    expect(conditions[0]?.detail).to.equal('3 commands of ghl are in doubt, the oldest for 6m')
    expect(conditions[0]?.fix).to.contain('--tenant acme')
    expect(conditions[0]?.facts).to.deep.equal({ integration: 'ghl', count: 3, oldestSeconds: 360 })
  })

  it('has one alert for letters with the same trouble', () => {
    const group = {
      tenantId,
      fingerprint: 'fp_1',
      class: 'permanent',
      code: 'NX-CALL-REFUSED',
      integration: 'ghl',
      cause: null,
      count: 2,
      oldestAgeMs: 1,
      lastHour: 2,
    }
    const [condition] = found({ letterGroups: [group] })
    expect(condition).to.include({ code: 'NX-ALERT-DEAD-LETTERS', subject: 'dead_letter/fp_1' })
    expect(condition?.fix).to.contain('dlq replay --group fp_1 --tenant acme')
  })

  it('tells of a vendor that sends what nothing can read, when it does so several times within an hour', () => {
    const group = (fingerprint: string, code: string, lastHour: number) => ({
      tenantId: 't-1',
      fingerprint,
      class: 'invalid',
      code,
      integration: 'ghl',
      cause: null,
      count: 9,
      oldestAgeMs: 1,
      lastHour,
    })
    const strange = (...groups: ReturnType<typeof group>[]) =>
      found({ letterGroups: groups }).filter(({ code }) => code === 'NX-ALERT-WEBHOOK-SHAPE')
    expect(strange(group('a', 'NX-HOOK-UNMAPPABLE', 4))).to.deep.equal([])
    expect(strange(group('a', 'NX-HOOK-ACCOUNT', 50), group('b', 'NX-CALL-REFUSED', 50))).to.deep.equal([])
    const [condition, ...others] = strange(
      group('a', 'NX-HOOK-UNMAPPABLE', 3),
      group('b', 'NX-HOOK-UNKNOWN-TYPE', 2),
    )
    expect(others).to.deep.equal([])
    expect(condition).to.deep.include({
      subject: 'integration/ghl',
      facts: { integration: 'ghl', lastHour: 5 },
    })
    expect(condition?.fix).to.contain('dlq list --integration ghl --tenant acme')
  })

  it('tells refused credentials at once, an open breaker after five minutes, and an asked-for pause never', () => {
    const gate = (breaker: 'open' | 'closed', reason: string, shutMs: number) => ({
      closedGates: [{ tenantId, integration: 'ghl', breaker, reason, shutMs }],
    })
    expect(codes(gate('open', 'NX-CALL-CREDENTIALS', 1))).to.deep.equal(['NX-ALERT-CREDENTIALS'])
    expect(codes(gate('open', 'NX-SECRET-MISSING', 1))).to.deep.equal(['NX-ALERT-CREDENTIALS'])
    expect(codes(gate('open', 'NX-CALL-UNREACHABLE', 4 * minutes))).to.deep.equal([])
    expect(codes(gate('open', 'NX-CALL-UNREACHABLE', 5 * minutes))).to.deep.equal(['NX-ALERT-BREAKER-OPEN'])
    expect(codes(gate('closed', 'NX-CALL-RATE-LIMITED', 60 * minutes))).to.deep.equal([])
  })

  it('tells which rule is stopped, why, and how it is put to work again', () => {
    const tripped = { tenantId, rule: 'r/a', openMs: 60_000, trips: 2, lastCode: 'NX-EMIT-DATA' }
    const [condition] = found({ trippedRules: [tripped] })
    expect(condition).to.include({ code: 'NX-ALERT-RULE-TRIPPED', tenantId, subject: 'rule/r/a' })
    expect(condition?.detail).to.match(/stopped for 1m more .* NX-EMIT-DATA$/)
    expect(condition?.fix).to.contain('neuronx rule reset r/a --tenant acme')
    expect(found({ trippedRules: [{ ...tripped, openMs: 0 }] })[0]?.detail).to.contain('on probation')
  })

  it('names the process behind a fence of more than thirty seconds', () => {
    const fence = { ageMs: 31_000, pid: 4711, application: 'report', state: 'idle in transaction' }
    expect(codes({ fence: { ...fence, ageMs: 29_000 } })).to.deep.equal([])
    const [condition] = found({ fence })
    expect(condition).to.include({ code: 'NX-ALERT-FENCE', tenantId: null })
    expect(condition?.detail).to.contain('process 4711 (report)')
    expect(condition?.fix).to.contain('pg_terminate_backend(4711)')
  })

  it('speaks of unpublished events after a minute', () => {
    expect(codes({ oldestUnpublishedMs: 59_000 })).to.deep.equal([])
    expect(codes({ oldestUnpublishedMs: 61_000 })).to.deep.equal(['NX-ALERT-UNPUBLISHED'])
  })

  it('calls a loop late at three of its periods, never before thirty seconds', () => {
    const loops = (loopAgesMs: ObservedDaemon['loopAgesMs']) => codes({ daemons: [daemon({ loopAgesMs })] })
    expect(loops({ relay: 29_000 })).to.deep.equal([])
    expect(loops({ relay: 31_000 })).to.deep.equal(['NX-ALERT-LOOP-LATE'])
    expect(loops({ maintenance: 1_700_000 })).to.deep.equal([])
    expect(loops({ maintenance: 1_900_000 })).to.deep.equal(['NX-ALERT-LOOP-LATE'])
    expect(loops({ relay: null })).to.deep.equal(['NX-ALERT-LOOP-LATE'])
    expect(loops({ 'event-consumer': null }), 'it may have nothing to do').to.deep.equal([])
    expect(codes({ daemons: [daemon({ loopAgesMs: { relay: null }, uptimeMs: 5_000 })] })).to.deep.equal([])
  })

  it('makes one alert of all shards that nobody has owned for thirty seconds', () => {
    const unownedMs = new Map([
      [3, 31_000],
      [1, 40_000],
      [2, 5_000],
    ])
    const conditions = found({}, { unownedMs })
    expect(conditions.map(({ code, facts }) => [code, facts])).to.deep.equal([
      ['NX-ALERT-SHARD-UNOWNED', { shards: [1, 3] }],
    ])
  })

  it('watches disks, clocks and repairs of every daemon', () => {
    const health = (over: Partial<NonNullable<ObservedDaemon['health']>>) =>
      codes({ daemons: [daemon({ health: { ...daemon().health!, ...over } })] })
    expect(health({ disk: { freeBytes: 9, sizeBytes: 100 } })).to.deep.equal(['NX-ALERT-DISK'])
    expect(health({ disk: { freeBytes: 10, sizeBytes: 100 } })).to.deep.equal([])
    expect(health({ skewMs: -2_001 })).to.deep.equal(['NX-ALERT-CLOCK-SKEW'])
    const ago = (ms: number) => ({ events: 2, lastAt: new Date(Date.parse(factsAt) - ms).toISOString() })
    expect(health({ repaired: ago(14 * minutes) })).to.deep.equal(['NX-ALERT-BUS-REPAIRED'])
    expect(health({ repaired: ago(16 * minutes) })).to.deep.equal([])
    expect(codes({ daemons: [daemon({ health: null })] })).to.deep.equal([])
  })

  it('names each shard that stands still over an event the bus refuses, after 5 s', () => {
    const refused = (shard: number, ms: number) => ({ shard, eventId: 'e1', why: 'too large', tries: 3, ms })
    const health = {
      ...daemon().health!,
      refused: [refused(3, 6_000), refused(4, 4_000), refused(5, 60_000)],
    }
    const conditions = conditionsOf(soundFacts({ daemons: [daemon({ health })] }), seen)
    expect(conditions.map(({ code, subject }) => [code, subject])).to.deep.equal([
      ['NX-ALERT-PUBLISH-REFUSED', 'shard/3'],
      ['NX-ALERT-PUBLISH-REFUSED', 'shard/5'],
    ])
  })

  it('watches partitions, pauses, jobs, consumers and a restored database', () => {
    const pause = (at: string) => ({
      outboxPauses: [{ shards: null, by: 'x', reason: 'r', at, until: null }],
    })
    expect(codes({ partitionDaysAhead: 2 })).to.deep.equal(['NX-ALERT-PARTITIONS'])
    expect(codes(pause('2026-03-05T11:30:00Z'))).to.deep.equal([])
    expect(codes(pause('2026-03-05T10:30:00Z'))).to.deep.equal(['NX-ALERT-OUTBOX-PAUSED'])
    expect(codes({}, { consumersAhead: [7] })).to.deep.equal(['NX-ALERT-CONSUMER-AHEAD'])
    expect(codes({ ownCluster: false })).to.deep.equal(['NX-ALERT-RESTORED'])
    expect(
      codes({ pausedJobs: [{ tenantId, id: 'j', kind: 'dlq.replay', because: 'half failed' }] }),
    ).to.deep.equal(['NX-ALERT-JOB-PAUSED'])
  })

  it('tells of a gate that is shut for a login that no other alert names', () => {
    const gate = {
      tenantId,
      integration: 'ghl',
      breaker: 'open' as const,
      reason: 'NX-AUTH-LOGIN',
      shutMs: 1,
    }
    const failed = { tenantId, workspace: 'eu', integration: 'ghl', state: 'failed' as const, ms: 5_000 }
    const credentials = [{ ...failed, code: 'NX-AUTH-REFUSED' }]
    const conditions = found({ credentials, closedGates: [gate] })
    expect(conditions.map(({ subject }) => subject)).to.deep.equal(['integration/ghl', 'credential/eu/ghl'])
    expect(conditions[0]?.fix).to.contain(
      'neuronx adapter auth login ghl --tenant acme --workspace WORKSPACE',
    )
  })

  it('tells of logins that failed, fail or end, once: a gate that is shut for one says nothing of its own', () => {
    const login = (state: 'failed' | 'failing' | 'ending', integration: string, ms: number) => ({
      ...{ tenantId, workspace: 'eu', integration, state, ms },
      code: state === 'ending' ? null : 'NX-AUTH-REFUSED',
    })
    const gate = (reason: string) => ({
      tenantId,
      integration: 'ghl',
      breaker: 'open' as const,
      reason,
      shutMs: 1_000,
    })
    const credentials = [
      login('failed', 'ghl', 5_000),
      login('failing', 'crm', 400_000),
      login('ending', 'hr', 86_400_000),
    ]
    const conditions = conditionsOf(soundFacts({ credentials }), seen)
    expect(conditions.map(({ code, subject }) => [code, subject])).to.deep.equal([
      ['NX-ALERT-CREDENTIALS', 'credential/eu/ghl'],
      ['NX-ALERT-CREDENTIALS-ENDING', 'credential/eu/crm'],
      ['NX-ALERT-CREDENTIALS-ENDING', 'credential/eu/hr'],
    ])
    expect(conditions[2]?.detail).to.equal('The login of hr (workspace eu) ends in 1d, and nothing renews it')
    expect(conditions[0]?.fix).to.match(/^neuronx adapter auth login ghl --tenant \S+ --workspace eu$/)
    const shut = conditionsOf(soundFacts({ credentials, closedGates: [gate('NX-AUTH-REFUSED')] }), seen)
    expect(shut, 'the gate knows no workspace').to.deep.equal(conditions)
    const over = [login('ending', 'ghl', -1)]
    const [ended, ...more] = conditionsOf(
      soundFacts({ credentials: over, closedGates: [gate('NX-AUTH-LOGIN')] }),
      seen,
    )
    expect(more).to.deep.equal([])
    expect(ended).to.deep.include({
      code: 'NX-ALERT-CREDENTIALS',
      detail: 'The login of ghl (workspace eu) has ended',
      fix: 'neuronx adapter auth login ghl --tenant acme --workspace eu',
    })
    expect(codes({ credentials, closedGates: [gate('NX-CALL-FAILED')] })).to.include('NX-ALERT-CREDENTIALS')
  })

  it('says when a list was cut off, and then resolves none of its alerts', () => {
    const facts = soundFacts({ truncated: ['letterGroups'] })
    expect(conditionsOf(facts, seen).map(({ code }) => code)).to.deep.equal(['NX-ALERT-WATCH-LIMIT'])
    expect(codesLookedAt(facts, seen)).to.not.include('NX-ALERT-DEAD-LETTERS')
    expect(codesLookedAt(soundFacts(), seen)).to.include('NX-ALERT-DEAD-LETTERS')
  })

  it('resolves nothing about the bus when the bus could not be asked', () => {
    expect(codesLookedAt(soundFacts(), { ...seen, consumersAhead: null })).to.not.include(
      'NX-ALERT-CONSUMER-AHEAD',
    )
    expect(codesLookedAt(soundFacts(), seen)).to.have.length(allAlertCodes.length - 6)
  })
})
