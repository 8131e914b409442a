import { errorText } from '../../../src/kernel/errors.ts'
import type { Fault } from '../faults/fault.ts'
import type { PlannedFault } from '../schedule/plan-faults.ts'
import { RollingCandidates } from '../rollouts/rolling-candidates.ts'
import { SeededRandom } from '../../support/seeded-random.ts'
import { FaultSystem } from '../system/fault-system.ts'
import type { FaultSystemOptions } from '../system/fault-system.ts'
import { MetricsReader } from '../system/metrics-reader.ts'
import { pause } from '../system/writers.ts'
import type { FaultRecord, RunReport } from './run-report.ts'
import { settleRun, takeoverMsPromised } from './settle.ts'

export interface RunOptions extends FaultSystemOptions {
  /** In this order; may be without end. */
  readonly plan: Iterable<PlannedFault>
  /** No further fault begins after this long. */
  readonly forMs: number
  /** Keep a rollout of a sound candidate under way, and check whom it decided for. Default false. */
  readonly rollouts?: boolean
  /** A daemon that is lost must be taken over in this time. Default: what is promised, 15 s. */
  readonly takeoverMsMax?: number
  /** Told of each fault as it ends. */
  readonly onFault?: (record: FaultRecord) => void
}

/** Nothing that a fault does takes longer. */
const faultMsMax = 120_000
/** Work before the first fault. */
const warmUpMs = 3_000

/** Starts everything, runs the plan under load, brings it to rest, checks. What it started has ended when it resolves or throws. */
export async function runFaults(options: RunOptions): Promise<RunReport> {
  await using system = await FaultSystem.open(options)
  const metrics = new MetricsReader(system.slots)
  const candidates = options.rollouts === true ? new RollingCandidates(system) : null
  const faults: FaultRecord[] = []
  try {
    await system.startDaemons()
    metrics.start()
    system.startWriters()
    candidates?.start()
    await pause(warmUpMs)
    const untilMs = system.nowMs() + options.forMs
    for (const planned of options.plan) {
      if (system.nowMs() + planned.pauseMs > untilMs) break
      await pause(planned.pauseMs)
      const record = await runFault(system, planned)
      faults.push(record)
      options.onFault?.(record)
      if (record.error !== null) await system.heal()
    }
    await candidates?.stop()
    return await settleRun(system, {
      seed: options.seed,
      faults,
      metrics,
      candidates,
      takeoverMsMax: options.takeoverMsMax ?? takeoverMsPromised,
    })
  } finally {
    await candidates?.stop()
    await system.stopWriters()
    await metrics.stop()
  }
}

async function runFault(system: FaultSystem, { fault, seed }: PlannedFault): Promise<FaultRecord> {
  const atMs = Math.round(system.nowMs())
  const { id, name, family } = fault
  const ended = await withDeadline(fault, system, seed)
  return { id, name, family, atMs, endedMs: Math.round(system.nowMs()), ...ended }
}

async function withDeadline(
  fault: Fault,
  system: FaultSystem,
  seed: number,
): Promise<Pick<FaultRecord, 'takeoverMs' | 'note' | 'error'>> {
  let timer: NodeJS.Timeout | null = null
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not over after ${faultMsMax} ms`)), faultMsMax)
  })
  try {
    const { takeoverMs = null, note = null } = await Promise.race([
      fault.run(system, new SeededRandom(seed)),
      late,
    ])
    return { takeoverMs, note, error: note === 'never taken over' ? note : null }
  } catch (error) {
    return { takeoverMs: null, note: null, error: errorText(error) }
  } finally {
    if (timer !== null) clearTimeout(timer)
  }
}
