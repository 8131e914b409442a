import { expect } from 'chai'
import fc from 'fast-check'
import type { CompiledPolicy, FrequencyCap } from '../../../src/sales-core/policies/compiled-policy.ts'
import { judgeSend } from '../../../src/sales-core/policies/judge-send.ts'
import type { SendFacts, SendRequest, SlotUse } from '../../../src/sales-core/policies/send-facts.ts'
import { dayMs, facts, open, policy, request } from './policy-setup.ts'

const zones = [
  'Asia/Dubai',
  'America/New_York',
  'Europe/Berlin',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
] as const
const priorities = ['high', 'normal', 'low'] as const
const capKeys = ['k1#24h', 'k2#2h'] as const
const from = Date.parse('2026-01-01T00:00:00Z')
const instants = fc.integer({ min: 0, max: 366 * 24 * 60 }).map((minutes) => from + minutes * 60_000)
const minutes = fc.integer({ min: 0, max: 1440 })
const spans = fc
  .tuple(minutes, minutes)
  .filter(([one, other]) => one !== other)
  .map(([one, other]) => open(Math.min(one, other), Math.max(one, other)))

const quiets = fc.record({
  tz: fc.constantFrom('contact', ...zones),
  open: spans,
  unknownTz: fc.constantFrom('Asia/Dubai', 'skip'),
})
const caps = fc
  .record({
    key: fc.constantFrom(...capKeys),
    per: fc.constantFrom('lead', 'deal'),
    max: fc.integer({ min: 0, max: 4 }),
    withinMs: fc.constant(0),
    kept: fc.record({ high: fc.integer({ min: 0, max: 2 }), normal: fc.integer({ min: 0, max: 1 }) }),
    overCap: fc.constantFrom('defer' as const, 'skip' as const),
  })
  .map((cap): FrequencyCap => ({ ...cap, withinMs: cap.key.endsWith('#24h') ? dayMs : 7_200_000 }))
const policies = fc
  .record({
    channels: fc.constantFrom(null, new Set(['sms']), new Set(['whatsapp'])),
    quiet: fc.option(quiets),
    pack: fc.constantFrom(null, 'us' as const),
    consent: fc.option(fc.record({ purpose: fc.constantFrom('marketing', 'news') })),
    caps: fc.array(caps, { maxLength: 2 }),
    window: fc.option(fc.constant({ channel: 'whatsapp', withinMs: dayMs, template: null })),
    onBlock: fc.constantFrom('defer' as const, 'skip' as const),
  })
  .map((change) => policy(change))
const sets = fc
  .array(policies, { maxLength: 4 })
  .map((all) => all.map((one, index): CompiledPolicy => ({ ...one, name: `p${index}` })))

interface Situation {
  readonly nowMs: number
  readonly send: SendRequest
  readonly known: SendFacts
}

const situations: fc.Arbitrary<Situation> = fc
  .record({
    nowMs: instants,
    channel: fc.constantFrom('sms', 'whatsapp'),
    priority: fc.constantFrom(...priorities),
    freeText: fc.boolean(),
    tz: fc.option(fc.constantFrom(...zones)),
    state: fc.option(fc.constantFrom('TX', 'FL', 'CA', 'RI')),
    sms: fc.constantFrom(true, false, null),
    wroteAgoMs: fc.option(fc.integer({ min: 0, max: 2 * dayMs })),
    slots: fc.array(
      fc.record({
        cap: fc.constantFrom(...capKeys),
        priority: fc.constantFrom(...priorities),
        agoMs: fc.integer({ min: 0, max: dayMs }),
        free: fc.boolean(),
      }),
      { maxLength: 6 },
    ),
  })
  .map(({ nowMs, channel, priority, freeText, tz, state, sms, wroteAgoMs, slots }) => {
    const byCap = new Map<string, SlotUse[]>(capKeys.map((key) => [key, []]))
    for (const [index, slot] of slots.entries()) {
      const { cap, priority: rank, agoMs, free } = slot
      byCap.get(cap)?.push({ commandId: `s${index}`, priority: rank, takenMs: nowMs - agoMs, free })
    }
    return {
      nowMs,
      send: request({ channels: [channel], priority, freeText, dueMs: nowMs }),
      known: facts({
        fields: {
          ...(tz === null ? {} : { tz }),
          ...(state === null ? {} : { state }),
          consent: { sms, whatsapp: true, news: { sms: true } },
        },
        lastInboundMs: new Map(wroteAgoMs === null ? [] : [['whatsapp', nowMs - wroteAgoMs]]),
        slots: byCap,
      }),
    }
  })

const judged = (set: readonly CompiledPolicy[], { nowMs, send, known }: Situation) =>
  judgeSend(set, send, known, nowMs)

describe('judging a message', () => {
  it('never lets more through under more policies', () => {
    fc.assert(
      fc.property(sets, policies, situations, (set, added, situation) => {
        const before = judged(set, situation)
        const after = judged([...set, { ...added, name: 'added' }], situation)
        if (after.verdict === 'allow') expect(before.verdict).to.equal('allow')
        if (before.verdict === 'skip') expect(after.verdict).to.equal('skip')
        if (before.verdict === 'defer' && after.verdict === 'defer')
          expect(after.untilMs).to.be.at.least(before.untilMs)
      }),
      { numRuns: 400 },
    )
  })

  it('does not depend on the order of the documents', () => {
    fc.assert(
      fc.property(sets, situations, fc.integer(), (set, situation, seed) => {
        const shuffled = set
          .map((one, index) => ({ one, key: Math.imul(index + 1, seed | 1) }))
          .toSorted((a, b) => a.key - b.key)
          .map(({ one }) => one)
        expect(judged(shuffled, situation)).to.deep.equal(judged(set, situation))
      }),
      { numRuns: 300 },
    )
  })

  it('defers to an instant at which, as things stand, the message is allowed', () => {
    let deferred = 0
    fc.assert(
      fc.property(sets, situations, (set, situation) => {
        const timed = set.map((one) => ({ ...one, waitMaxMs: 20 * dayMs }))
        const before = judged(timed, situation)
        if (before.verdict !== 'defer') return
        deferred += 1
        // What the contact wrote gets older meanwhile: that is another reason, not a wrong time.
        const lastInboundMs = new Map([['whatsapp', before.untilMs]])
        const after = { ...situation, nowMs: before.untilMs, known: { ...situation.known, lastInboundMs } }
        expect(before.untilMs).to.be.greaterThan(situation.nowMs)
        expect(judged(timed, after).verdict).to.equal('allow')
      }),
      { numRuns: 600 },
    )
    expect(deferred, 'the property was about something').to.be.greaterThan(20)
  })
})
