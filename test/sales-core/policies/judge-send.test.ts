import { expect } from 'chai'
import type { JsonObject } from '../../../src/kernel/json.ts'
import type { CompiledPolicy, FrequencyCap } from '../../../src/sales-core/policies/compiled-policy.ts'
import { judgeSend, zoneRecheckMs } from '../../../src/sales-core/policies/judge-send.ts'
import type { SendFacts, SendRequest, SlotUse } from '../../../src/sales-core/policies/send-facts.ts'
import { dayMs, facts, open, policy, request } from './policy-setup.ts'

const at = (text: string): number => Date.parse(text)
const judge = (
  policies: readonly CompiledPolicy[],
  now: string,
  known: Partial<SendFacts> = {},
  send: Partial<SendRequest> = {},
) => judgeSend(policies, request({ dueMs: at(now), ...send }), facts(known), at(now))

const verdict = (...asked: Parameters<typeof judge>): string => {
  const judged = judge(...asked)
  return judged.verdict === 'defer' ? `until ${new Date(judged.untilMs).toISOString()}` : judged.verdict
}

const night = policy({
  name: 'night',
  quiet: { tz: 'contact', open: open(9 * 60, 20 * 60), unknownTz: 'tenant' },
})
const dubai = { fields: { tz: 'Asia/Dubai' } }

describe('quiet hours', () => {
  it('hold a message back until they end where the contact is', () => {
    expect(verdict([night], '2026-03-05T15:59:00Z', dubai)).to.equal('allow')
    expect(verdict([night], '2026-03-05T16:00:00Z', dubai)).to.equal('until 2026-03-06T05:00:00.000Z')
    expect(verdict([night], '2026-03-06T04:59:59Z', dubai)).to.equal('until 2026-03-06T05:00:00.000Z')
  })

  it('end at the time on the wall, whether clocks change in the night or not', () => {
    const newYork = { fields: { tz: 'America/New_York' } }
    // Clocks go forward on 2026-03-08 and back on 2026-11-01.
    expect(verdict([night], '2026-03-08T02:00:00Z', newYork)).to.equal('until 2026-03-08T13:00:00.000Z')
    expect(verdict([night], '2026-11-01T02:00:00Z', newYork)).to.equal('until 2026-11-01T14:00:00.000Z')
    const early = policy({ quiet: { tz: 'America/New_York', open: open(150, 24 * 60), unknownTz: 'tenant' } })
    expect(verdict([early], '2026-03-08T06:00:00Z')).to.equal('until 2026-03-08T07:00:00.000Z')
    expect(verdict([early], '2026-11-01T05:10:00Z'), '01:10, and once more').to.equal(
      'until 2026-11-01T07:30:00.000Z',
    )
  })

  it('take the tenant for a contact of unknown zone, and never UTC in silence', () => {
    expect(verdict([night], '2026-03-05T22:00:00Z', { homeZone: 'America/Los_Angeles' })).to.equal('allow')
    const recheck = new Date(at('2026-03-05T12:00:00Z') + zoneRecheckMs).toISOString()
    expect(verdict([night], '2026-03-05T12:00:00Z')).to.equal(`until ${recheck}`)
    const skipping = policy({ quiet: { tz: 'contact', open: open(0, 1440), unknownTz: 'skip' } })
    expect(verdict([skipping], '2026-03-05T12:00:00Z')).to.equal('skip')
    expect(verdict([skipping], '2026-03-05T12:00:00Z', { fields: { tz: 'Europe/Berlin' } })).to.equal('allow')
    const nowhere = policy({ quiet: { tz: 'contact', open: open(540, 1200), unknownTz: 'Asia/Tokyo' } })
    expect(verdict([nowhere], '2026-03-05T23:00:00Z')).to.equal('until 2026-03-06T00:00:00.000Z')
  })

  it('skip a message that could only leave too late', () => {
    const brief = { ...night, waitMaxMs: 3_600_000 }
    expect(judge([brief], '2026-03-05T16:00:00Z', dubai)).to.deep.include({ verdict: 'skip' })
    expect(verdict([brief], '2026-03-06T04:30:00Z', dubai)).to.equal('until 2026-03-06T05:00:00.000Z')
  })
})

describe('the pack of the United States', () => {
  const us = policy({ name: 'us', pack: 'us' })
  const cases: readonly (readonly [string, JsonObject, string, string])[] = [
    [
      'federal hours',
      { tz: 'America/New_York', country: 'US' },
      '2026-03-05T12:59:00Z',
      'until 2026-03-05T13:00:00.000Z',
    ],
    ['the end of federal hours', { tz: 'America/New_York', country: 'US' }, '2026-03-06T01:59:00Z', 'allow'],
    [
      'a state by its code',
      { tz: 'America/New_York', state: 'FL' },
      '2026-03-06T01:00:00Z',
      'until 2026-03-06T13:00:00.000Z',
    ],
    [
      'a state by its name',
      { tz: 'America/New_York', state: 'Connecticut' },
      '2026-03-05T13:30:00Z',
      'until 2026-03-05T14:00:00.000Z',
    ],
    [
      'a state by the number',
      { tz: 'America/Chicago', phone: '+1 (214) 555-0100' },
      '2026-03-08T14:30:00Z',
      'until 2026-03-08T17:00:00.000Z',
    ],
    ['no Sunday in Rhode Island', { state: 'RI' }, '2026-03-08T15:00:00Z', 'until 2026-03-09T13:00:00.000Z'],
    ['all zones of a state', { state: 'TX' }, '2026-03-05T15:30:00Z', 'until 2026-03-05T16:00:00.000Z'],
    [
      'all zones when only the country is known',
      { country: 'USA' },
      '2026-03-05T14:00:00Z',
      'until 2026-03-05T18:00:00.000Z',
    ],
    ['nothing known of the contact', {}, '2026-03-05T14:00:00Z', 'until 2026-03-05T18:00:00.000Z'],
    ['a contact elsewhere', { country: 'DE', state: 'TX' }, '2026-03-05T03:00:00Z', 'allow'],
    ['a number from elsewhere', { phone: '+49 30 1234567' }, '2026-03-05T03:00:00Z', 'allow'],
    [
      'two states that disagree',
      { tz: 'America/New_York', state: 'NJ', phone: '+12035550100' },
      '2026-03-05T13:30:00Z',
      'until 2026-03-05T14:00:00.000Z',
    ],
  ]
  for (const [title, fields, now, expected] of cases) {
    it(`knows ${title}`, () => {
      expect(verdict([us], now, { fields })).to.equal(expected)
    })
  }
})

describe('consent', () => {
  const marketing = policy({ consent: { purpose: 'marketing' } })
  const now = '2026-03-05T12:00:00Z'

  it('is missing unless it is there', () => {
    const missing: readonly JsonObject[] = [
      {},
      { consent: null },
      { consent: { sms: null } },
      { consent: { whatsapp: true } },
      { consent: { sms: { support: true } } },
      { consent: { sms: 'true' } },
      { consent: { sms: true, marketing: false } },
      { consent: { sms: { marketing: { granted: true, revoked_at: '2026-03-01T00:00:00Z' } } } },
      { consent: { sms: false, marketing: { sms: true } } },
    ]
    for (const fields of missing)
      expect(verdict([marketing], now, { fields }), JSON.stringify(fields)).to.equal('skip')
  })

  it('hands out the record that the message relies on', () => {
    const record = { granted: true, at: '2026-01-01T00:00:00Z', source: 'form' }
    expect(judge([marketing], now, { fields: { consent: { sms: { marketing: record } } } })).to.deep.include({
      verdict: 'allow',
      consent: [{ purpose: 'marketing', channel: 'sms', field: 'consent.sms.marketing', value: record }],
    })
    expect(verdict([marketing], now, { fields: { consent: { sms: true } } })).to.equal('allow')
    expect(verdict([marketing], now, { fields: { consent: { marketing: { sms: true } } } })).to.equal('allow')
  })

  it('is asked of every channel that it may be, and missing when none is known', () => {
    const fields = { consent: { sms: true } }
    expect(verdict([marketing], now, { fields }, { channels: ['sms', 'email'] })).to.equal('skip')
    expect(verdict([marketing], now, { fields }, { channels: [] })).to.equal('skip')
    const smsOnly = { ...marketing, channels: new Set(['sms']) }
    expect(verdict([smsOnly], now, {}, { channels: ['email'] })).to.equal('allow')
    expect(verdict([smsOnly], now, {}, { channels: [] }), 'unknown channels are under every policy').to.equal(
      'skip',
    )
    expect(verdict([smsOnly], now, {}, { channels: [], effect: 'call' })).to.equal('allow')
  })
})

describe('a channel window', () => {
  const free = policy({ window: { channel: 'whatsapp', withinMs: dayMs, template: null } })
  const template = { name: 'welcome_v3', language: 'en', params: [] }
  const templated = policy({ window: { channel: 'whatsapp', withinMs: dayMs, template } })
  const now = '2026-03-05T12:00:00Z'
  const wrote = (text: string) => ({ lastInboundMs: new Map([['whatsapp', at(text)]]) })
  const whatsapp = { channels: ['whatsapp'] }

  it('takes free text for as long after the contact wrote, and templates always', () => {
    expect(verdict([free], now, wrote('2026-03-04T12:00:00Z'), whatsapp)).to.equal('allow')
    expect(verdict([free], now, wrote('2026-03-04T11:59:59Z'), whatsapp)).to.equal('skip')
    expect(verdict([free], now, {}, whatsapp)).to.equal('skip')
    expect(verdict([free], now, {}, { ...whatsapp, freeText: false })).to.equal('allow')
    expect(verdict([free], now, {}, { channels: ['sms'] })).to.equal('allow')
  })

  it('puts the template in the place of a text that is too late', () => {
    expect(judge([templated], now, {}, whatsapp)).to.deep.include({ verdict: 'allow', template })
    const inside = wrote('2026-03-05T11:00:00Z')
    expect(judge([templated], now, inside, whatsapp)).to.deep.include({ verdict: 'allow', template: null })
  })
})

describe('frequency caps', () => {
  const now = '2026-03-05T12:00:00Z'
  const cap = (change: Partial<FrequencyCap> = {}): FrequencyCap => ({
    key: 'p#24h',
    per: 'lead',
    max: 2,
    withinMs: dayMs,
    kept: { high: 0, normal: 0 },
    overCap: 'defer',
    ...change,
  })
  const capped = (change: Partial<FrequencyCap> = {}) => policy({ caps: [cap(change)] })
  const slot = (id: string, hoursAgo: number, change: Partial<SlotUse> = {}): SlotUse => ({
    commandId: id,
    priority: 'normal',
    takenMs: at(now) - hoursAgo * 3_600_000,
    free: false,
    ...change,
  })
  const used = (...slots: readonly SlotUse[]) => ({ slots: new Map([['p#24h', slots]]) })

  it('let through what they have room for, and the rest when the first slot is over', () => {
    expect(verdict([capped()], now, used(slot('a', 3)))).to.equal('allow')
    expect(verdict([capped()], now, used(slot('a', 3), slot('b', 1)))).to.equal(
      'until 2026-03-06T09:00:00.000Z',
    )
    expect(verdict([capped()], now, used(slot('a', 24), slot('b', 1)))).to.equal('allow')
    expect(verdict([capped({ max: 0 })], now)).to.equal('skip')
    expect(verdict([capped({ overCap: 'skip' })], now, used(slot('a', 3), slot('b', 1)))).to.equal('skip')
  })

  it('let the next attempt of a message have the slot that it holds', () => {
    expect(judge([capped()], now, used(slot('c1', 3), slot('b', 1)))).to.deep.include({
      verdict: 'allow',
      take: [],
      holdsSlot: true,
    })
  })

  it('keep slots for higher priorities', () => {
    const kept = capped({ kept: { high: 1, normal: 0 } })
    expect(verdict([kept], now, used(slot('a', 3)))).to.equal('until 2026-03-06T09:00:00.000Z')
    expect(verdict([kept], now, used(slot('a', 3)), { priority: 'high' })).to.equal('allow')
    expect(verdict([kept], now, used(slot('a', 3, { priority: 'high' }))), 'the kept one is used').to.equal(
      'allow',
    )
  })

  it('give the slot of a lower priority that was not sent to a higher one', () => {
    const waiting = used(slot('a', 3), slot('low', 1, { priority: 'low', free: true }))
    expect(judge([capped()], now, waiting, { priority: 'high' })).to.deep.include({ verdict: 'allow' })
    const judged = judge([capped()], now, waiting, { priority: 'high' })
    expect(judged.verdict === 'allow' ? judged.take.map(({ steal }) => steal) : []).to.deep.equal(['low'])
    expect(verdict([capped()], now, waiting, { priority: 'low' })).to.match(/^until/)
    const sent = used(slot('a', 3), slot('low', 1, { priority: 'low' }))
    expect(verdict([capped()], now, sent, { priority: 'high' })).to.match(/^until/)
  })

  it('count for their kind of entity only', () => {
    expect(verdict([capped()], now, used(slot('a', 3), slot('b', 1)), { entityKind: 'deal' })).to.equal(
      'allow',
    )
  })

  it('may ask for another channel', () => {
    const judged = judge([capped({ overCap: 'swap_channel' })], now, used(slot('a', 3), slot('b', 1)))
    expect(judged).to.deep.include({ verdict: 'swap_channel', to: ['whatsapp', 'email'] })
  })
})

describe('several policies', () => {
  it('are heard by their strictest, whatever the order', () => {
    const consent = policy({ name: 'a', consent: { purpose: 'marketing' }, onBlock: 'swap_channel' })
    const now = '2026-03-05T17:00:00Z'
    expect(verdict([consent, night], now, dubai)).to.equal('swap_channel')
    expect(verdict([night, { ...consent, onBlock: 'skip' }], now, dubai)).to.equal('skip')
    const other = policy({
      name: 'z',
      quiet: { tz: 'Asia/Dubai', open: open(600, 660), unknownTz: 'tenant' },
    })
    expect(verdict([night, other], now, dubai)).to.equal('until 2026-03-06T06:00:00.000Z')
  })

  it('name every reason', () => {
    const judged = judge(
      [night, policy({ name: 'c', consent: { purpose: 'news' } })],
      '2026-03-05T17:00:00Z',
      dubai,
    )
    expect(judged.verdict === 'skip' ? judged.reasons : []).to.deep.equal([
      { code: 'NX-SEND-CONSENT', document: 'Policy/c', what: 'no consent to news over sms' },
      {
        code: 'NX-SEND-QUIET-HOURS',
        document: 'Policy/night',
        what: "quiet hours: Asia/Dubai, the contact's zone",
      },
    ])
  })
})
