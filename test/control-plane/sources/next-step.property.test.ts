import { expect } from 'chai'
import fc from 'fast-check'
import type { DifferingScope, LookFacts } from '../../../src/control-plane/sources/next-step.ts'
import { nextStep } from '../../../src/control-plane/sources/next-step.ts'
import { retryDelayMs } from '../../../src/control-plane/sources/retry-delay.ts'
import { emptyMemory } from '../../../src/control-plane/sources/source.ts'

const nowMs = Date.parse('2026-01-01T12:00:00.000Z')
const versions = fc.constantFrom('v1', 'v2', 'v3')

const differing: fc.Arbitrary<DifferingScope> = fc.record({
  scope: fc.constantFrom('global', 'tenants/acme', 'tenants/acme/workspaces/eu'),
  wanted: fc.constantFrom('d1', 'd2'),
  active: fc.option(fc.constantFrom('d3', 'd4'), { nil: null }),
  by: fc.constant('by somebody'),
  barred: fc.option(fc.constant('was quarantined'), { nil: null }),
})

const facts: fc.Arbitrary<LookFacts> = fc.record({
  memory: fc.record({
    seen: fc.option(versions, { nil: null }),
    wanted: fc.option(fc.record({ version: versions, scopes: fc.constant({}) }), { nil: null }),
    applied: fc.option(fc.record({ version: versions, at: fc.constant('2026-01-01T00:00:00.000Z') }), {
      nil: null,
    }),
    planId: fc.option(fc.constant('plan'), { nil: null }),
    rollouts: fc.constant([]),
    restored: fc.constantFrom({}, { 'tenants/acme': 'd3' }, { global: 'd3', 'tenants/acme': 'd4' }),
    attempts: fc.nat(5),
    retryAt: fc.option(fc.constantFrom('2026-01-01T11:00:00.000Z', '2026-01-01T13:00:00.000Z'), {
      nil: null,
    }),
  }),
  head: fc.record({ version: versions, name: fc.constant('commit x') }),
  differing: fc.uniqueArray(differing, { selector: ({ scope }) => scope, maxLength: 3 }),
  rolling: fc.constantFrom([], ['r1']),
  ended: fc.constantFrom([], ['r2']),
  planReady: fc.boolean(),
  onDrift: fc.constantFrom('report', 'restore'),
  forced: fc.boolean(),
  nowMs: fc.constant(nowMs),
})

describe('what a look at a source leads to', () => {
  it('never takes a planned version of which a part is barred', () => {
    fc.assert(
      fc.property(facts, (given) => {
        fc.pre(given.memory.wanted?.version === given.head.version)
        fc.pre(given.differing.some(({ barred }) => barred !== null))
        expect(nextStep(given).step).to.not.equal('take')
      }),
    )
  })

  it('always takes a version that it has not seen', () => {
    fc.assert(
      fc.property(facts, (given) => {
        fc.pre(
          given.memory.wanted?.version !== given.head.version && given.memory.seen !== given.head.version,
        )
        expect(nextStep(given)).to.deep.equal({ step: 'take', restore: [] })
      }),
    )
  })

  it('puts back what was applied before only where the policy says so, and no foreign content twice', () => {
    const changedByHand = facts.map((given): LookFacts => ({
      ...given,
      ...{ rolling: [], ended: [], head: { version: 'v1', name: 'commit x' } },
      differing: given.differing.map((one) => ({ ...one, barred: null })),
      memory: {
        ...{ ...given.memory, planId: null, wanted: { version: 'v1', scopes: {} } },
        applied: { version: 'v1', at: '2026-01-01T00:00:00.000Z' },
      },
    }))
    fc.assert(
      fc.property(changedByHand, (given) => {
        const step = nextStep(given)
        const again = given.differing.some(
          ({ scope, active }) => given.memory.restored[scope] === (active ?? 'nothing'),
        )
        const puts = given.onDrift === 'restore' && given.differing.length > 0 && !again
        expect(step.step).to.equal(puts ? 'take' : 'report')
        if (step.step === 'take') expect(step.restore).to.deep.equal(given.differing)
      }),
    )
  })

  it('begins nothing while a rollout is under way, or after one ended without being active', () => {
    fc.assert(
      fc.property(facts, (given) => {
        fc.pre(given.memory.wanted?.version === given.head.version && given.differing.length > 0)
        fc.pre(
          given.rolling.length > 0 ||
            (given.ended.length > 0 &&
              given.memory.planId === null &&
              given.memory.applied?.version === given.head.version),
        )
        expect(nextStep(given).step).to.equal('report')
      }),
    )
  })

  it('says in_sync exactly when all that the version wants is active', () => {
    fc.assert(
      fc.property(facts, (given) => {
        fc.pre(given.memory.wanted?.version === given.head.version)
        const step = nextStep(given)
        const inSync = step.step === 'report' && step.state === 'in_sync'
        expect(inSync).to.equal(given.differing.length === 0)
      }),
    )
  })

  it('tries what is broken again after a growing while, or when somebody asks', () => {
    const memory = { ...emptyMemory, seen: 'v1', retryAt: '2026-01-01T13:00:00.000Z' }
    const given = {
      head: { version: 'v1', name: 'x' },
      differing: [],
      rolling: [],
      ended: [],
      planReady: false,
      onDrift: 'report',
      nowMs,
    } as const
    expect(nextStep({ ...given, memory, forced: false }).step).to.equal('keep')
    expect(nextStep({ ...given, memory, forced: true }).step).to.equal('take')
    const due = { ...memory, retryAt: '2026-01-01T12:00:00.000Z' }
    expect(nextStep({ ...given, memory: due, forced: false }).step).to.equal('take')
    expect([1, 2, 3, 50].map((attempts) => retryDelayMs(30_000, attempts))).to.deep.equal([
      30_000, 60_000, 120_000, 600_000,
    ])
    expect(retryDelayMs(3_600_000, 9)).to.equal(3_600_000)
  })
})
