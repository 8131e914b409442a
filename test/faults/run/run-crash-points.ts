import { crashPointNames } from '../../../src/kernel/crash-points.ts'
import type { CrashPointName } from '../../../src/kernel/crash-points.ts'
import { SeededRandom } from '../../support/seeded-random.ts'
import { FaultSystem } from '../system/fault-system.ts'
import type { FaultSystemOptions } from '../system/fault-system.ts'
import { MetricsReader } from '../system/metrics-reader.ts'
import { pause } from '../system/writers.ts'
import type { FaultRecord, RunReport } from './run-report.ts'
import { settleRun, takeoverMsPromised } from './settle.ts'

/** Points that events and commands do not pass: a job's, the retention's, the migration's and a rollout's. Named ones are tried all the same. */
const besideTheLoad: ReadonlySet<CrashPointName> = new Set([
  'job.mid_item',
  'retention.between_detach_and_drop',
  'migrate.mid_migration',
  'rollout.before_judge',
  'rollout.before_commit',
  'rollout.after_commit',
  'rollout.after_nudge',
])

/** The points that the suite's load passes, or those that are named. */
export function crashPointsNamed(words: readonly string[]): readonly CrashPointName[] {
  if (words.length === 0) return crashPointNames.filter((name) => !besideTheLoad.has(name))
  const unknown = words.filter((word) => !crashPointNames.some((name) => name === word))
  if (unknown.length > 0) throw new Error(`There is no crash point ${unknown.join(', ')}`)
  return crashPointNames.filter((name) => words.includes(name))
}

export interface CrashPointOptions extends FaultSystemOptions {
  readonly points: readonly CrashPointName[]
  /** How often a daemon dies at each. */
  readonly rounds: number
  readonly onFault?: (record: FaultRecord) => void
}

/** A point that is on the way of the load is reached long before. */
const reachedMsMax = 40_000
const passesMax = 12
/** Enough trouble at the vendor that every end of an attempt occurs. */
const unruly = {
  share: 0.25,
  ways: ['status_422', 'status_500', 'effect_then_reset', 'status_429'],
  sinks: ['keyed', 'bare'],
} as const

/** Lets one of the two daemons die at each point, some passes in, under load; it is started again each time. Then rest and checks. */
export async function runCrashPoints(options: CrashPointOptions): Promise<RunReport> {
  await using system = await FaultSystem.open(options)
  const metrics = new MetricsReader(system.slots)
  const random = new SeededRandom(options.seed)
  const faults: FaultRecord[] = []
  try {
    await system.startDaemons()
    metrics.start()
    system.startWriters()
    system.oracle.misbehave(unruly)
    for (const point of options.points) {
      for (let round = 0; round < options.rounds; round += 1) {
        const record = await dieAt(system, point, random)
        faults.push(record)
        options.onFault?.(record)
        if (record.error !== null) break
      }
    }
    return await settleRun(system, { seed: options.seed, faults, metrics, takeoverMsMax: takeoverMsPromised })
  } finally {
    await system.stopWriters()
    await metrics.stop()
  }
}

async function dieAt(system: FaultSystem, point: CrashPointName, random: SeededRandom): Promise<FaultRecord> {
  const slot = system.slot(random.whole(0, system.slots.length - 1))
  const pass = random.whole(1, passesMax)
  const atMs = Math.round(system.nowMs())
  // In order, so that its shards are free for its successor at once.
  slot.signal('SIGTERM')
  await slot.gone
  await slot.start(`${point}:${pass}`)
  const died = await Promise.race([slot.gone.then(() => true), pause(reachedMsMax).then(() => false)])
  const endedMs = Math.round(system.nowMs())
  await slot.kill()
  await slot.start()
  return {
    id: 'F1',
    name: point,
    family: 'daemon',
    atMs,
    endedMs,
    takeoverMs: null,
    note: died ? `at pass ${pass}` : null,
    error: died ? null : 'the point was never reached',
  }
}
