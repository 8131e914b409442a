import type { CrashPointName } from '../../../src/kernel/crash-points.ts'
import { MemoryEventBus } from '../../fakes/memory-event-bus.ts'
import { checkPromises, isAtRest } from './check-promises.ts'
import { groupOf, scheduleOf } from './fault-schedule.ts'
import type { Schedule } from './fault-schedule.ts'
import { Fleet } from './fleet.ts'
import { injectFaults } from './inject-faults.ts'
import { checkLanguage } from './language/check-language.ts'
import { languageSales, schedulesEndMs } from './language/language-setup.ts'
import { letPeopleWork } from './language/people.ts'
import { Producer } from './producer.ts'
import { SeededRandom } from '../../support/seeded-random.ts'
import { simpleSales } from './world/sales-setup.ts'
import type { SimulatedWorld } from './world/simulated-daemon.ts'
import { SimulatedDatabase } from './world/simulated-database.ts'
import type { Models } from './world/simulated-database.ts'
import { simulatedClock } from './world/simulated-process.ts'
import { Vendor } from './world/vendor.ts'
import { VirtualTime } from './world/virtual-time.ts'

export interface SimulationOptions {
  readonly seed: number
  /** Some daemon dies here. */
  readonly point?: CrashPointName | null
  /** Played in the place of the seed's own. */
  readonly schedule?: Schedule
  /** Numbers of faults of the schedule that are left out. */
  readonly without?: ReadonlySet<number>
  readonly models?: Models
  /** What the tenant runs. Default: a few rules, `simple`. */
  readonly sales?: 'simple' | 'language'
  /** Requests of the producers. Default: as the seed says. */
  readonly requests?: number | null
}

export interface SimulationReport {
  readonly seed: number
  readonly schedule: Schedule
  /** What was promised and not kept; empty when all is well. */
  readonly violations: readonly string[]
  /** Faults and deaths as they came, with their times. */
  readonly history: readonly string[]
  readonly crashes: number
  readonly events: number
  readonly commands: number
  readonly effects: number
  readonly inDoubt: number
  readonly repaired: number
  readonly steps: number
  readonly drainMs: number
}

const drainMsMax = 900_000

/** Plays the schedule of a seed from its beginning until all is at rest, and says what was not kept. */
export async function simulate(options: SimulationOptions): Promise<SimulationReport> {
  const time = new VirtualTime()
  const restore = time.install()
  try {
    return await play(options, time)
  } finally {
    restore()
  }
}

async function play(options: SimulationOptions, time: VirtualTime): Promise<SimulationReport> {
  const { seed, point = null, without = new Set(), models } = options
  const isLanguage = options.sales === 'language'
  const drawn = options.schedule ?? scheduleOf(new SeededRandom(scattered(seed)), point)
  const schedule = {
    ...drawn,
    faults: drawn.faults.filter((_fault, index) => !without.has(index)),
    requests: options.requests ?? drawn.requests,
  }
  const random = new SeededRandom(scattered(seed + 0x51ed27))
  const database = new SimulatedDatabase(simulatedClock(time), models)
  const vendor = new Vendor(time, random)
  const world: SimulatedWorld = {
    ...{ time, random, database, vendor, sales: isLanguage ? languageSales : simpleSales },
    bus: { bus: new MemoryEventBus(), answersLost: 0, hangs: false },
  }
  const history: string[] = []
  const violations: string[] = []
  const fleet = new Fleet({ world, schedule, note: (text) => history.push(`${stamp(time)} ${text}`) })
  const producer = new Producer({
    ...{ time, random, database, entities: schedule.entities, types: world.sales.types },
    daemons: () => fleet.daemons,
    violated: (what) => violations.push(what),
  })
  injectFaults({ world, schedule, fleet, producer })
  fleet.start()
  if (isLanguage) letPeopleWork(world, new SeededRandom(scattered(seed + 0x2c1b)), producer)
  producer.begin(schedule.requests, schedule.faultsEndMs)
  await time.run(() => false, schedule.faultsEndMs)
  fleet.heal()
  const healedMs = time.nowMs
  if (isLanguage) {
    await time.run(() => false, schedulesEndMs)
    database.schedules.paused = true
  }
  const drained = await time.run(
    () => producer.waiting === 0 && isAtRest(database),
    Math.max(healedMs, time.nowMs) + (isLanguage ? 10 : 1) * drainMsMax,
    500,
  )
  const counters = fleet.counters()
  const groups = new Set(schedule.faults.map(({ kind }) => groupOf[kind]))
  violations.push(
    ...fleet.violations,
    ...checkPromises({
      database,
      vendor,
      drained,
      daemons: schedule.daemons,
      groups,
      counters,
      producer: producer.log,
    }),
    ...(isLanguage && drained
      ? checkLanguage(database, Math.max(...schedule.skewsMs) - Math.min(...schedule.skewsMs))
      : []),
  )
  return {
    ...{ seed, schedule, violations, history },
    crashes: fleet.crashes,
    events: database.log.rows.length,
    commands: database.entities.applied.flatMap(({ commands }) => commands).length,
    effects: vendor.effects.length,
    inDoubt: database.queue.letters.filter((letter) => letter.class === 'in_doubt').length,
    repaired: counters.repaired,
    steps: time.steps,
    drainMs: Math.round(time.nowMs - healedMs),
  }
}

function stamp(time: VirtualTime): string {
  return (time.nowMs / 1_000).toFixed(3).padStart(9)
}

/** Seeds follow one another; what is drawn first from neighbours must not. */
function scattered(seed: number): number {
  return Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) >>> 0
}
