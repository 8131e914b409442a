import { reportOf } from '../../../src/app/rollout/report/report-rollout.ts'
import { checkCounters } from '../check/check-counters.ts'
import { countCommands } from '../check/check-commands.ts'
import { checkHistory } from '../check/check-history.ts'
import type { History, Violation } from '../check/history.ts'
import { readFacts } from '../check/read-facts.ts'
import { readRemaining, readStuck } from '../check/read-remaining.ts'
import type { Remaining } from '../check/read-remaining.ts'
import { checkArms } from '../rollouts/check-arms.ts'
import type { CheckedArms } from '../rollouts/check-arms.ts'
import { readArmFacts } from '../rollouts/rollout-facts.ts'
import type { RollingCandidates } from '../rollouts/rolling-candidates.ts'
import type { FaultSystem } from '../system/fault-system.ts'
import type { MetricsReader } from '../system/metrics-reader.ts'
import { pause } from '../system/writers.ts'
import type { FaultRecord, RunReport } from './run-report.ts'

/** How long everything may take to come to rest; the promise is a minute. */
const restMsMax = 150_000
const drainMsPromised = 60_000
/** The promise, on a machine that has time for it. */
export const takeoverMsPromised = 15_000

/** Waits for rest, three looks in a row. Null when it never came. */
export async function untilAtRest(
  system: FaultSystem,
  sinceMs: number,
): Promise<{ drainMs: number | null; remaining: Remaining | null; stuck: readonly string[] }> {
  let remaining: Remaining | null = null
  let quiet = 0
  let quietAtMs = 0
  while (system.nowMs() - sinceMs < restMsMax) {
    remaining = await system.postgres.use(readRemaining).catch(() => null)
    const idle = remaining !== null && Object.values(remaining).every((left) => left === 0)
    if (idle && quiet === 0) quietAtMs = system.nowMs()
    quiet = idle ? quiet + 1 : 0
    if (quiet >= 3) return { drainMs: Math.round(quietAtMs - sinceMs), remaining, stuck: [] }
    await pause(250)
  }
  return { drainMs: null, remaining, stuck: await system.postgres.use(readStuck).catch(() => []) }
}

/** Brings a run to rest and checks all of it. */
export async function settleRun(
  system: FaultSystem,
  run: {
    readonly seed: number
    readonly faults: readonly FaultRecord[]
    readonly metrics: MetricsReader
    readonly candidates: RollingCandidates | null
    readonly takeoverMsMax: number
  },
): Promise<RunReport> {
  await system.stopWriters()
  await system.heal()
  const sinceMs = Math.max(system.nowMs(), run.faults.at(-1)?.endedMs ?? 0)
  const { drainMs, remaining, stuck } = await untilAtRest(system, sinceMs)
  await run.metrics.stop()
  const history: History = {
    operations: system.writers.flatMap(({ operations }) => operations),
    calls: system.oracle.calls,
    facts: await system.postgres.use(readFacts),
  }
  const counters = run.metrics.totals()
  const arms = run.candidates === null ? null : await checkRollouts(system, run.candidates)
  const families = new Set(run.faults.map(({ family }) => family))
  return {
    seed: run.seed,
    tookMs: Math.round(system.nowMs()),
    faults: run.faults,
    counts: { ...countOperations(history), ...countCommands(history), ...arms?.counts },
    counters,
    drainMs,
    remaining,
    stuck,
    residentBytesMax: run.metrics.residentBytesMax,
    violations: [
      ...checkHistory(history),
      ...(arms?.violations ?? []),
      ...checkCounters(counters, families),
      ...checkLiveness(run.faults, drainMs, run.takeoverMsMax),
    ],
  }
}

/** I9: whom the candidates decided for, and does every ledger say the same when it is judged again? */
async function checkRollouts(system: FaultSystem, candidates: RollingCandidates): Promise<CheckedArms> {
  const arms = checkArms(await system.postgres.use(readArmFacts))
  await using operator = await system.operator()
  const broken: Violation[] = []
  let verdicts = 0
  for (const rollout of await operator.rollouts.list({ tenantId: null, limit: 500 })) {
    const report = reportOf(rollout, await operator.rollouts.records(rollout.id, null))
    verdicts += report.verdicts.stored
    if (!report.reproduced)
      broken.push({
        invariant: 'I9',
        what: JSON.stringify(report.faults),
        subject: `ledger of ${rollout.id}`,
      })
  }
  const troubles = [...candidates.troubles.values()].reduce((sum, count) => sum + count, 0)
  return {
    violations: [...arms.violations, ...broken],
    counts: { ...arms.counts, verdictsReproduced: verdicts, rolloutTroubles: troubles },
  }
}

/** I8: rest within a minute, every lost daemon taken over in time, every fault done as it was meant. */
function checkLiveness(
  faults: readonly FaultRecord[],
  drainMs: number | null,
  takeoverMsMax: number,
): readonly Violation[] {
  const found: Violation[] = []
  if (drainMs === null || drainMs > drainMsPromised)
    found.push({
      invariant: 'I8',
      what: drainMs === null ? 'never came to rest' : `drained in ${drainMs} ms`,
      subject: 'the run',
    })
  for (const { name, takeoverMs, error, atMs } of faults) {
    const subject = `${name} at ${atMs} ms`
    if (takeoverMs !== null && takeoverMs > takeoverMsMax)
      found.push({ invariant: 'I8', what: `taken over after ${takeoverMs} ms`, subject })
    if (error !== null) found.push({ invariant: 'I8', what: error, subject })
  }
  return found
}

function countOperations({ operations, facts }: History): Readonly<Record<string, number>> {
  const ends = Map.groupBy(operations, ({ end }) => end)
  const stored = new Set(facts.log.map(({ counter }) => counter))
  return {
    operations: operations.length,
    ok: ends.get('ok')?.length ?? 0,
    fail: ends.get('fail')?.length ?? 0,
    unknown: ends.get('unknown')?.length ?? 0,
    unknownButStored: new Set(
      (ends.get('unknown') ?? []).map(({ counter }) => counter).filter((counter) => stored.has(counter)),
    ).size,
    repeatsRecognised: operations.filter(({ duplicate }) => duplicate).length,
    events: facts.log.filter(({ entitySeq }) => entitySeq !== null).length,
    applied: facts.decisions.length,
    letters: facts.letters.length,
  }
}
