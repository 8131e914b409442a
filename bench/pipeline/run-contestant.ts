import type { Contestant, Variant } from './contestants/contestant.ts'
import type { Child } from './harness/child-process.ts'
import type { LoadGeneratorHandlers } from './harness/load-generator.ts'
import { measureIdle, measureLatency, measureThroughput } from './harness/measure.ts'
import type { Bench } from './harness/measure.ts'
import type { Measured, Throughput } from './harness/measurement.ts'
import type { SinkHandlers } from './harness/sink.ts'
import { openSurroundings } from './harness/surroundings.ts'
import type { PipelineOptions } from './pipeline-options.ts'

/** What every contestant of a run is measured with. */
export interface Stage {
  readonly folder: string
  readonly sink: Child<SinkHandlers>
  readonly sinkOrigin: string
  readonly load: Child<LoadGeneratorHandlers>
  readonly options: PipelineOptions
  readonly say: (line: string) => void
}

/** Before anything counts: code compiled, connections open, tables with pages. */
const warmUpSeconds = 5
const trialEventsMin = 1_000

/** The variant with the most events a second in a short trial of each; a system with one variant needs none. */
export async function bestVariant(contestant: Contestant, stage: Stage): Promise<Variant> {
  const [first, ...others] = contestant.variants
  if (others.length === 0) return first
  const count = Math.max(trialEventsMin, Math.round(stage.options.events / 4))
  let best: { variant: Variant; eventsPerSecond: number } | null = null
  for (const variant of contestant.variants) {
    const result = await withBench(contestant, variant, stage, async (bench): Promise<Throughput> => {
      await warmUp(bench, stage.options.perSecond)
      return await measureThroughput(bench, { phase: 'trial', count })
    })
    const { eventsPerSecond, verdict } = result
    stage.say(
      `  trial  ${variant.title}: ${eventsPerSecond.toFixed(0)} events/s${verdict.state === 'ok' ? '' : ' FAILED'}`,
    )
    if (verdict.state === 'ok' && (best === null || eventsPerSecond > best.eventsPerSecond)) {
      best = { variant, eventsPerSecond }
    }
  }
  return best?.variant ?? first
}

/** Measures one contestant on services of its own: idle if wanted, latency at the steady rate, then throughput. */
export async function runContestant(
  contestant: Contestant,
  variant: Variant,
  stage: Stage,
  idleSeconds: number,
): Promise<Measured> {
  const { events, seconds, perSecond } = stage.options
  return await withBench(contestant, variant, stage, async (bench) => {
    await warmUp(bench, perSecond)
    const idle = idleSeconds === 0 ? null : await measureIdle(bench, idleSeconds)
    const latency = await measureLatency(bench, { phase: 'paced', count: seconds * perSecond }, perSecond)
    const throughput = await measureThroughput(bench, { phase: 'flood', count: events })
    return { contestant: contestant.name, variant: variant.title, idle, latency, throughput }
  })
}

async function warmUp(bench: Bench, perSecond: number): Promise<void> {
  await measureLatency(bench, { phase: 'warm', count: perSecond * warmUpSeconds }, perSecond)
}

async function withBench<Result>(
  contestant: Contestant,
  variant: Variant,
  stage: Stage,
  measure: (bench: Bench) => Promise<Result>,
): Promise<Result> {
  const { folder, sinkOrigin, sink, load } = stage
  await using surroundings = await openSurroundings(folder, sinkOrigin, contestant.usesNats)
  await using system = await variant.start(surroundings.given)
  return await measure({ system, services: surroundings.services, sink, load })
}
