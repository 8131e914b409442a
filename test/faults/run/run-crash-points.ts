import { crashPointNames } from '../../../src/kernel/crash-points.ts'
import type { CrashPointName } from '../../../src/kernel/crash-points.ts'
import { RollingCandidates } from '../rollouts/rolling-candidates.ts'
import { SeededRandom } from '../../support/seeded-random.ts'
import { FaultSystem } from '../system/fault-system.ts'
import type { FaultSystemOptions } from '../system/fault-system.ts'
import { MetricsReader } from '../system/metrics-reader.ts'
import { pause } from '../system/writers.ts'
import type { FaultRecord, RunReport } from './run-report.ts'
import { settleRun, takeoverMsPromised } from './settle.ts'

/** Points that events and commands do not pass: a job's, a schedule's, the retention's and the migration's. Named ones are tried all the same. */
const besideTheLoad: ReadonlySet<CrashPointName> = new Set([
  'job.mid_item',
  'schedule.mid_turn',
  'reconcile.before_cursor',
  'retention.between_detach_and_drop',
  'migrate.mid_migration',
])

/** The points that the suite's load passes (those of a rollout when one is under way), or those that are named. */
export function crashPointsNamed(words: readonly string[], rollouts: boolean): readonly CrashPointName[] {
  if (words.length === 0)
    return crashPointNames.filter((name) => !besideTheLoad.has(name) && (rollouts || !isOfRollouts(name)))
  const unknown = words.filter((word) => !crashPointNames.some((name) => name === word))
  if (unknown.length > 0) throw new Error(`There is no crash point ${unknown.join(', ')}`)
  return crashPointNames.filter((name) => words.includes(name))
}

export interface CrashPointOptions extends FaultSystemOptions {
  readonly points: readonly CrashPointName[]
  /** How often a daemon dies at each. */
  readonly rounds: number
  /** Keep a rollout of a sound candidate under way, and check whom it decided for. Default false. */
  readonly rollouts?: boolean
  readonly onFault?: (record: FaultRecord) => void
}

/** A point that is on the way of the load is reached long before. */
const reachedMsMax = 40_000
const passesMax = 12
/** One daemon at a time looks after a rollout, and it moves every ten seconds or so. */
const rolloutReachedMsMax = 100_000
const rolloutPassesMax = 1
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
  const candidates = options.rollouts === true ? new RollingCandidates(system) : null
  const random = new SeededRandom(options.seed)
  const faults: FaultRecord[] = []
  try {
    await system.startDaemons()
    metrics.start()
    system.startWriters()
    candidates?.start()
    system.oracle.misbehave(unruly)
    for (const point of options.points) {
      for (let round = 0; round < options.rounds; round += 1) {
        const record = await dieAt(system, point, random)
        faults.push(record)
        options.onFault?.(record)
        if (record.error !== null) break
      }
    }
    await candidates?.stop()
    return await settleRun(system, {
      seed: options.seed,
      faults,
      metrics,
      candidates,
      takeoverMsMax: takeoverMsPromised,
    })
  } finally {
    await candidates?.stop()
    await system.stopWriters()
    await metrics.stop()
  }
}

async function dieAt(system: FaultSystem, point: CrashPointName, random: SeededRandom): Promise<FaultRecord> {
  const slot = system.slot(random.whole(0, system.slots.length - 1))
  const ofRollouts = isOfRollouts(point)
  const pass = random.whole(1, ofRollouts ? rolloutPassesMax : passesMax)
  const reachedMs = ofRollouts ? rolloutReachedMsMax : reachedMsMax
  const atMs = Math.round(system.nowMs())
  // In order, so that its shards are free for its successor at once.
  slot.signal('SIGTERM')
  await slot.gone
  await slot.start(`${point}:${pass}`)
  const died = await Promise.race([slot.gone.then(() => true), pause(reachedMs).then(() => false)])
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

function isOfRollouts(point: CrashPointName): boolean {
  return point.startsWith('rollout.')
}
