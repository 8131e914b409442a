import { expect } from 'chai'
import fc from 'fast-check'
import { caughtUpRunsMax, dueRuns, missedAfterMs } from '../../../src/sales-core/schedules/due-runs.ts'
import type { MissedRuns } from '../../../src/sales-core/schedules/compiled-schedule.ts'

const hourMs = 3_600_000

function every(periodMs: number, missed: MissedRuns) {
  return { missed, nextAfter: (ms: number) => Math.floor(ms / periodMs) * periodMs + periodMs }
}

/** All runs that are begun when somebody looks at `now`, in order, and what is promised afterwards. */
function carriedOut(schedule: ReturnType<typeof every>, nextAt: number, now: number) {
  const begun: number[] = []
  const skipped: Array<{ from: number; to: number }> = []
  let next: number | null = nextAt
  for (;;) {
    const due = dueRuns(schedule, next, now)
    if (due.skipped !== null) skipped.push(due.skipped)
    if (due.run !== null) begun.push(due.run)
    next = due.nextAt
    if (next === null || next > now) return { begun, skipped, next }
  }
}

const situations = fc
  .record({
    periodMs: fc.constantFrom(60_000, 15 * 60_000, hourMs, 24 * hourMs, 400 * 24 * hourMs),
    first: fc.integer({ min: 1, max: 50 }),
    late: fc.integer({ min: 0, max: 5_000 * 60_000 }),
  })
  .map(({ periodMs, first, late }) => ({ periodMs, nextAt: first * periodMs, now: first * periodMs + late }))

describe('runs that are due', () => {
  it('latest begins the newest and names all the others as skipped', () => {
    fc.assert(
      fc.property(situations, ({ periodMs, nextAt, now }) => {
        const { begun, skipped, next } = carriedOut(every(periodMs, 'latest'), nextAt, now)
        const newest = Math.floor(now / periodMs) * periodMs
        expect(begun).to.deep.equal([newest])
        expect(skipped).to.deep.equal(newest > nextAt ? [{ from: nextAt, to: newest - 1 }] : [])
        expect(next).to.equal(newest + periodMs)
      }),
    )
  })

  it('all begins each once, in order, the last hundred of them', () => {
    fc.assert(
      fc.property(situations, ({ periodMs, nextAt, now }) => {
        const { begun, skipped } = carriedOut(every(periodMs, 'all'), nextAt, now)
        const missed: number[] = []
        for (let at = nextAt; at <= now; at += periodMs) missed.push(at)
        expect(begun).to.deep.equal(missed.slice(-caughtUpRunsMax))
        expect(skipped.length).to.equal(missed.length > caughtUpRunsMax ? 1 : 0)
      }),
      { numRuns: 50 },
    )
  })

  it('skip begins only what is not late', () => {
    fc.assert(
      fc.property(situations, ({ periodMs, nextAt, now }) => {
        const { begun, skipped, next } = carriedOut(every(periodMs, 'skip'), nextAt, now)
        const newest = Math.floor(now / periodMs) * periodMs
        const late = now - newest > missedAfterMs
        expect(begun).to.deep.equal(late ? [] : [newest])
        expect(skipped.length).to.equal(late || newest > nextAt ? 1 : 0)
        expect(next).to.equal(newest + periodMs)
      }),
    )
  })

  it('nothing is begun before its time, and a first promise is made from now on', () => {
    const schedule = every(hourMs, 'all')
    expect(dueRuns(schedule, 5 * hourMs, 4 * hourMs)).to.deep.equal({
      run: null,
      skipped: null,
      nextAt: 5 * hourMs,
    })
    expect(dueRuns(schedule, null, 4.5 * hourMs)).to.deep.equal({
      run: null,
      skipped: null,
      nextAt: 5 * hourMs,
    })
  })

  it('ten years of missed minutes are not walked through', () => {
    let asked = 0
    const schedule = every(60_000, 'latest')
    const nextAfter = (ms: number) => {
      asked += 1
      return schedule.nextAfter(ms)
    }
    dueRuns({ missed: 'latest', nextAfter }, 60_000, 10 * 365 * 24 * hourMs)
    expect(asked).to.be.below(200)
  })
})
