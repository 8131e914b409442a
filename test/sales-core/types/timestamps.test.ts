import { expect } from 'chai'
import { toTimestamp } from '../../../src/sales-core/conditions/values/time-text.ts'
import { checkValue } from '../../../src/sales-core/types/check-value.ts'
import { scalar } from '../../../src/sales-core/types/field-type.ts'
import { EntityUnderTest } from '../../support/sales/entity-under-test.ts'
import { salesConfig } from '../../support/sales/sales-config.ts'

const zones = ['Asia/Dubai', 'America/New_York', 'UTC']

/** What `read` yields on hosts of several zones. */
function onHosts<T>(read: () => T): readonly T[] {
  const before = process.env['TZ']
  try {
    return zones.map((zone) => {
      process.env['TZ'] = zone
      return read()
    })
  } finally {
    if (before === undefined) delete process.env['TZ']
    else process.env['TZ'] = before
  }
}

describe('times in text', () => {
  it('are the same instant on every host', () => {
    for (const [text, instant] of [
      ['2026-01-31', '2026-01-31T00:00:00.000Z'],
      ['2026-01-31T10:00Z', '2026-01-31T10:00:00.000Z'],
      ['2026-01-31 10:00:00.5+0400', '2026-01-31T06:00:00.500Z'],
    ] as const) {
      const ms = Date.parse(instant)
      expect(onHosts(() => toTimestamp(text)?.ms)).to.deep.equal([ms, ms, ms])
      expect(checkValue(scalar('timestamp'), text, 'seen')).to.deep.equal([])
    }
  })

  it('are none without an offset: they would be another instant on another host', () => {
    for (const text of ['2026-01-31T10:00', '2026-01-31 10:00:00', '31 Jan 2026 10:00', '1/31/2026']) {
      expect(onHosts(() => toTimestamp(text)?.ms ?? null)).to.deep.equal([null, null, null])
      expect(checkValue(scalar('timestamp'), text, 'seen')).to.have.length(1)
    }
    expect(checkValue(scalar('timestamp'), '2026-01-31T10:00', 'seen')).to.deep.equal([
      'seen must be a timestamp, not the string "2026-01-31T10:00": write its offset, Z or +04:00',
    ])
  })

  it('decide alike in the data of an event', () => {
    const config = salesConfig(`
kind: EventType
name: lead.seen
folds: lead
fields: { at: string }
---
kind: RuleSet
name: r
rules:
  - { id: late, on: lead.seen, when: timestamp(event.at) > timestamp("2026-01-31T09:00:00Z"), then: [ { set: { lead.temperature: hot } } ] }
`)
    const traces = onHosts(
      () => new EntityUnderTest(config).happen('lead.seen', { at: '2026-01-31T10:00' }).trace.rules,
    )
    expect(traces[0]?.map(({ outcome }) => outcome)).to.deep.equal(['failed'])
    expect(traces).to.deep.equal([traces[0], traces[0], traces[0]])
  })
})
