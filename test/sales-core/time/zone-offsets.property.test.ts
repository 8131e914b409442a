import { expect } from 'chai'
import fc from 'fast-check'
import { Temporal } from 'temporal-polyfill'
import { instantOfLocal, offsetSpanAt, zoneOffset } from '../../../src/sales-core/time/zone-offsets.ts'
import { changingZones, wallClock } from '../../support/sales/wall-clock.ts'

const somewhere = fc.record({
  zone: fc.constantFrom(...changingZones.map(({ zone }) => zone), 'UTC', 'America/Sao_Paulo', 'Asia/Tehran'),
  second: fc.integer({ min: Date.UTC(1900, 0) / 1_000, max: Date.UTC(2035, 0) / 1_000 }),
})
const nearChange = fc
  .record({
    at: fc.constantFrom(...changingZones.flatMap(({ zone, around }) => around.map((day) => ({ zone, day })))),
    minute: fc.integer({ min: -2 * 1440, max: 2 * 1440 }),
  })
  .map(({ at, minute }) => ({
    zone: at.zone,
    second: Date.parse(`${at.day}T00:00:00Z`) / 1_000 + minute * 60,
  }))

describe('offsets of time zones', () => {
  it('are those of the runtime’s own tables, whatever was asked before', () => {
    fc.assert(
      fc.property(fc.oneof(somewhere, nearChange), ({ zone, second }) => {
        const ms = second * 1_000
        expect(zoneOffset(zone, ms)).to.equal(wallClock(zone, ms).localMs - ms)
        const { from, to, offset } = offsetSpanAt(zone, ms)
        expect(ms >= from && ms < to).to.equal(true)
        expect(offset).to.equal(zoneOffset(zone, ms))
      }),
      { numRuns: 1_000 },
    )
  })

  it('turn local times into the instants that Temporal calls compatible', () => {
    fc.assert(
      fc.property(fc.oneof(somewhere, nearChange), ({ zone, second }) => {
        const local = new Date(second * 1_000).toISOString().slice(0, 19)
        const expected = Temporal.PlainDateTime.from(local).toZonedDateTime(zone).epochMilliseconds
        expect(instantOfLocal(zone, second * 1_000)).to.equal(expected)
      }),
      { numRuns: 1_000 },
    )
  })

  it('are refused for names that are no zones', () => {
    for (const name of [
      'Europe/Nowhere',
      'Europe/Nowhere',
      'Z',
      '2026-01-01T00:00Z[Asia/Dubai]',
      'x'.repeat(99),
    ])
      for (const ask of [zoneOffset, offsetSpanAt])
        expect(() => ask(name, 0))
          .to.throw()
          .with.property('code', 'NX-ZONE-UNKNOWN')
  })
})
