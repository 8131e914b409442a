import { expect } from 'chai'
import type { CrashPointName } from '../../../src/kernel/crash-points.ts'
import { MemoryCommandQueue } from '../../fakes/memory-command-queue.ts'
import { MemoryEventLog } from '../../fakes/log/memory-event-log.ts'
import { simulatedPoints } from './fault-schedule.ts'
import { shrink } from './shrink.ts'
import { simulate } from './simulate.ts'
import type { SimulationReport } from './simulate.ts'
import type { Models } from './world/simulated-database.ts'

/** The script plays 100 of each point and as many others as are asked for; here is what takes a few seconds. */
const seedsOfAll = 100
const seedsOfEachPoint = 10

/** The story of a failing seed, after everything that has nothing to do with it was left out. */
async function storyOf(report: SimulationReport, point: CrashPointName | null): Promise<string> {
  const { schedule, history, violations } = await shrink({ seed: report.seed, point })
  return [
    `npm run test:simulation -- --seed ${report.seed}${point === null ? '' : ` --point ${point}`}`,
    JSON.stringify(schedule),
    ...history,
    ...violations,
  ].join('\n')
}

async function deathsOver(seeds: number, point: CrashPointName | null): Promise<number> {
  let deaths = 0
  for (let seed = 1; seed <= seeds; seed += 1) {
    const report = await simulate({ seed, point })
    if (report.violations.length > 0) expect.fail(await storyOf(report, point))
    deaths += report.history.filter((line) => line.includes(`dies at ${point ?? ''}`)).length
  }
  return deaths
}

/** What the first of so many seeds finds that finds anything. */
async function firstFound(models: Models, seeds: number, from = 1): Promise<readonly string[]> {
  for (let seed = from; seed < from + seeds; seed += 1) {
    const { violations } = await simulate({ seed, models })
    if (violations.length > 0) return violations
  }
  return []
}

describe('the simulation', function () {
  this.timeout(180_000)

  it(`keeps every promise over ${seedsOfAll} schedules of faults`, async () => {
    expect(await deathsOver(seedsOfAll, null)).to.be.above(0)
  })

  it('keeps every promise where a stopped daemon gets its shards back after their next owners died', async () => {
    expect((await simulate({ seed: 10_868 })).violations).to.deep.equal([])
  })

  for (const point of simulatedPoints)
    it(`keeps every promise when daemons die at ${point}`, async () => {
      expect(await deathsOver(seedsOfEachPoint, point)).to.be.above(seedsOfEachPoint / 2)
    })

  it('plays a seed again in exactly the same way', async () => {
    for (const seed of [3, 17]) expect(await simulate({ seed })).to.deep.equal(await simulate({ seed }))
  })

  it('finds a log that shows rows which an open transaction may still precede', async () => {
    class Unfenced extends MemoryEventLog {
      protected override fence(): number {
        return Number.POSITIVE_INFINITY
      }
    }
    // Few seeds find it; the first of them is past the 200th.
    expect(await firstFound({ log: Unfenced }, 300, 201)).not.to.have.length(0)
  })

  it('finds a queue that forgets attempts whose daemon died', async () => {
    class Forgetful extends MemoryCommandQueue {
      override async recoverExpired(): Promise<number> {
        return 0
      }
    }
    const found = await firstFound({ queue: Forgetful }, 100)
    expect(found.join()).to.match(/I6|I8/)
  })

  it('finds a queue that repeats what may have happened', async () => {
    class Bold extends MemoryCommandQueue {
      override async markSent(
        attempts: Parameters<MemoryCommandQueue['markSent']>[0],
      ): Promise<ReadonlySet<string>> {
        return new Set(attempts.map(({ command }) => command.id))
      }
    }
    expect((await firstFound({ queue: Bold }, 300)).join()).to.match(/I3.*took effect 2 times/)
  })
})
