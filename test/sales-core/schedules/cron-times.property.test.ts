import { expect } from 'chai'
import fc from 'fast-check'
import { cronTimes } from '../../../src/sales-core/schedules/cron-times.ts'
import { changingZones, wallClock } from '../../support/sales/wall-clock.ts'

const minuteMs = 60_000
const dayMs = 86_400_000

function times(expression: string, zone: string, from: string, count: number): readonly string[] {
  const cron = cronTimes(expression, zone)
  const found: string[] = []
  let at: number | null = Date.parse(from)
  while (at !== null && found.length < count) {
    at = cron.nextAfter(at)
    if (at !== null) found.push(new Date(at).toISOString())
  }
  return found
}

/** The minutes at which `minute hour` holds, walking; a fixed hour that comes twice counts once, one that is left out comes later. */
function walked(
  minutes: readonly number[],
  hours: readonly number[] | null,
  zone: string,
  from: number,
): readonly number[] {
  const found = new Set<number>()
  const seen = new Set<string>()
  const before = from - 2 * dayMs
  const holds = (minute: number) =>
    minutes.includes(minute % 60) && (hours === null || hours.includes(Math.floor(minute / 60)))
  let last = wallClock(zone, before - minuteMs)
  for (let ms = before; ms < from + 3 * dayMs; ms += minuteMs) {
    const now = wallClock(zone, ms)
    const skipped = now.localMs - last.localMs - minuteMs
    if (skipped > 0) {
      for (let local = last.localMs + minuteMs; local < now.localMs; local += minuteMs)
        if (holds((local % dayMs) / minuteMs)) found.add(ms + (local - last.localMs - minuteMs))
    }
    if (holds(now.minute)) {
      const key = `${now.day} ${now.minute}`
      if (hours === null || !seen.has(key)) found.add(ms)
      seen.add(key)
    }
    last = now
  }
  return [...found].filter((ms) => ms > from && ms < from + 2 * dayMs).toSorted((a, b) => a - b)
}

describe('times of a cron expression', () => {
  it('come at the local time all the year', () => {
    expect(times('0 7 * * 1', 'Europe/Berlin', '2026-03-20T00:00:00Z', 3)).to.deep.equal([
      '2026-03-23T06:00:00.000Z',
      '2026-03-30T05:00:00.000Z',
      '2026-04-06T05:00:00.000Z',
    ])
  })

  it('run once on the night that has the hour twice, later on the night without it', () => {
    expect(times('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', 2)).to.deep.equal([
      '2026-10-25T00:30:00.000Z',
      '2026-10-26T01:30:00.000Z',
    ])
    expect(times('30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', 2)).to.deep.equal([
      '2026-03-29T01:30:00.000Z',
      '2026-03-30T00:30:00.000Z',
    ])
  })

  it('run every hour that passes when they run every hour', () => {
    expect(times('0 * * * *', 'Europe/Berlin', '2026-10-24T23:30:00Z', 4)).to.deep.equal([
      '2026-10-25T00:00:00.000Z',
      '2026-10-25T01:00:00.000Z',
      '2026-10-25T02:00:00.000Z',
      '2026-10-25T03:00:00.000Z',
    ])
  })

  it('reach a leap day', () => {
    expect(times('0 0 29 2 *', 'Asia/Dubai', '2026-01-01T00:00:00Z', 1)).to.deep.equal([
      '2028-02-28T20:00:00.000Z',
    ])
  })

  it('are those of a walk minute by minute around every change of clocks', () => {
    const around = changingZones
      .filter(({ zone }) => zone !== 'Pacific/Apia')
      .flatMap(({ zone, around: days }) => days.map((day) => ({ zone, day })))
    fc.assert(
      fc.property(
        fc.constantFrom(...around),
        fc.integer({ min: -1440, max: 1440 }),
        fc.uniqueArray(fc.integer({ min: 0, max: 59 }), { minLength: 1, maxLength: 4 }),
        fc.option(fc.uniqueArray(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 3 }), {
          nil: null,
        }),
        ({ zone, day }, shift, minutes, hours) => {
          const from = Date.parse(`${day}T00:00:00Z`) + shift * minuteMs
          const cron = cronTimes(`${minutes.join(',')} ${hours?.join(',') ?? '*'} * * *`, zone)
          const found: number[] = []
          for (let at = cron.nextAfter(from); at !== null && at < from + 2 * dayMs; at = cron.nextAfter(at))
            found.push(at)
          expect(found.map((ms) => new Date(ms).toISOString())).to.deep.equal(
            walked(minutes, hours, zone, from).map((ms) => new Date(ms).toISOString()),
          )
        },
      ),
      { numRuns: 60 },
    )
  })
})
