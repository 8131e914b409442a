import { expect } from 'chai'
import fc from 'fast-check'
import type { DaySpan } from '../../../src/sales-core/kinds/people/week-hours.ts'
import { BusinessClock } from '../../../src/sales-core/time/business-clock.ts'
import { changingZones, wallClock } from '../../support/sales/wall-clock.ts'

const minuteMs = 60_000
const dayMs = 86_400_000

const daySpans = fc
  .uniqueArray(fc.integer({ min: 0, max: 96 }), { minLength: 0, maxLength: 4 })
  .map((quarters): readonly DaySpan[] => {
    const edges = quarters.toSorted((a, b) => a - b).slice(0, quarters.length - (quarters.length % 2))
    return Array.from({ length: edges.length / 2 }, (_, i) => ({
      from: (edges[2 * i] as number) * 15,
      to: (edges[2 * i + 1] as number) * 15,
    }))
  })

/** A calendar in a zone, and an instant within eight days of one on which its clocks change. */
const situations = fc
  .record({
    at: fc.constantFrom(...changingZones.flatMap(({ zone, around }) => around.map((day) => ({ zone, day })))),
    week: fc.array(daySpans, { minLength: 7, maxLength: 7 }),
    holidays: fc.array(fc.tuple(fc.integer({ min: -10, max: 20 }), daySpans), { maxLength: 4 }),
    beforeMin: fc.integer({ min: -2 * 1440, max: 8 * 1440 }),
    seconds: fc.constantFrom(0, 0, 17),
    lengthMin: fc.integer({ min: 0, max: 10 * 1440 }),
  })
  .map(({ at, week, holidays, beforeMin, seconds, lengthMin }) => {
    const near = Date.parse(`${at.day}T00:00:00Z`)
    const others = new Map(holidays.map(([offset, spans]) => [near / dayMs + offset, spans]))
    const hours = { zone: at.zone, week, holidays: others }
    const open = (ms: number): boolean => {
      const { day, minute } = wallClock(at.zone, ms)
      const spans = others.get(day) ?? week[(((day + 3) % 7) + 7) % 7] ?? []
      return spans.some(({ from, to }) => minute >= from && minute < to)
    }
    return {
      clock: new BusinessClock('test', hours),
      open,
      from: near - beforeMin * minuteMs + seconds * 1_000,
      lengthMin,
    }
  })

describe('business time, against a walk minute by minute', () => {
  it('is open exactly when the clock on the wall shows a time within hours', () => {
    fc.assert(
      fc.property(situations, ({ clock, open, from }) => {
        for (let ms = from; ms < from + 2 * dayMs; ms += 30 * minuteMs)
          expect(clock.isOpen(ms)).to.equal(open(ms))
      }),
      { numRuns: 150 },
    )
  })

  it('counts as much between two instants as there are open minutes', () => {
    fc.assert(
      fc.property(situations, ({ clock, open, from, lengthMin }) => {
        const start = Math.floor(from / minuteMs) * minuteMs
        let minutes = 0
        for (let m = 0; m < lengthMin; m += 1) if (open(start + m * minuteMs)) minutes += 1
        expect(clock.businessMsBetween(start, start + lengthMin * minuteMs)).to.equal(minutes * minuteMs)
      }),
      { numRuns: 60 },
    )
  })

  it('finds the next opening where the walk finds it', () => {
    fc.assert(
      fc.property(situations, ({ clock, open, from }) => {
        const limit = from + 12 * dayMs
        // Hours begin on whole minutes, whatever second the walk starts at.
        let ms = from
        while (ms < limit && !open(ms)) ms = Math.floor(ms / minuteMs) * minuteMs + minuteMs
        if (ms < limit) expect(clock.nextOpen(from)).to.equal(ms)
      }),
      { numRuns: 60 },
    )
  })

  it('adds business time so that exactly that much lies between, and not a minute earlier', () => {
    fc.assert(
      fc.property(situations, fc.integer({ min: 1, max: 40 * 60 }), ({ clock, from }, minutes) => {
        const ms = minutes * minuteMs
        let due: number
        try {
          due = clock.addBusinessMs(from, ms)
        } catch (error) {
          expect(error).to.include({ code: 'NX-CALENDAR-CLOSED' })
          return
        }
        expect(clock.businessMsBetween(from, due)).to.equal(ms)
        expect(clock.businessMsBetween(from, due - 1)).to.equal(ms - 1)
      }),
      { numRuns: 300 },
    )
  })
})
