import { expect } from 'chai'
import type { CrashPointName } from '../../../src/kernel/crash-points.ts'
import { MemoryCommandQueue } from '../../fakes/memory-command-queue.ts'
import { MemoryEventLog } from '../../fakes/log/memory-event-log.ts'
import { simulatedPoints } from './fault-schedule.ts'
import type { Schedule } from './fault-schedule.ts'
import { shrink } from './shrink.ts'
import { simulate } from './simulate.ts'
import type { SimulationOptions, SimulationReport } from './simulate.ts'
import type { Models } from './world/simulated-database.ts'

/** The script plays 100 of each point and as many others as are asked for; here is what takes a quarter of a minute. */
const seedsOfAll = 200
const seedsOfEachPoint = 10

/** Once found under a seed of its own, whose play is another one whenever something is drawn otherwise. */
const shardsComeBack: Schedule = {
  ...{ daemons: 3, entities: 2, requests: 10, faultsEndMs: 25_900, skewsMs: [0, 0, -72_436] },
  faults: [
    { kind: 'pause', atMs: 4_792, daemon: 0, forMs: 15_450 },
    { kind: 'kill', atMs: 10_107, daemon: 2, forMs: 12_000 },
    { kind: 'bus_replayed', atMs: 13_575 },
    { kind: 'kill', atMs: 13_577, daemon: 1, forMs: 12_000 },
    { kind: 'database_lossy', atMs: 14_470, forMs: 6_667, share: 0.15 },
    { kind: 'database_lossy', atMs: 22_521, forMs: 1_719, share: 0.14 },
  ],
}

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
async function firstFound(
  models: Models,
  seeds: number,
  more: Partial<SimulationOptions> = {},
): Promise<readonly string[]> {
  for (let seed = 1; seed <= seeds; seed += 1) {
    const { violations } = await simulate({ seed, models, ...more })
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
    const story = ['d1 is stopped', 'd3 is killed', 'd2 is killed', 'd1 goes on', 'd4 starts']
    for (let seed = 1; seed <= seedsOfEachPoint; seed += 1) {
      const { violations, history } = await simulate({ seed, schedule: shardsComeBack })
      const told = history.flatMap((line) => story.filter((part) => line.includes(part)))
      expect(told, history.join('\n')).to.deep.equal(story)
      expect(violations, `seed ${seed}`).to.deep.equal([])
    }
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
    // Such a row shows as a gap, which the consumer fills: it only tells where nothing else makes gaps, and much is written at once.
    const undisturbed = { without: new Set(Array.from({ length: 12 }, (_, nth) => nth)), requests: 100 }
    const found = await firstFound({ log: Unfenced }, 30, undisturbed)
    expect(found.join()).to.match(/I7: \d+ gaps without a fault/)
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
