import { benchFolder } from '../bench-folder.ts'
import { writeResults } from '../write-results.ts'
import type { Contestant, Variant } from './contestants/contestant.ts'
import { floor } from './contestants/floor.ts'
import { graphileWorker } from './contestants/graphile-worker.ts'
import { neuronx } from './contestants/neuronx.ts'
import { pgBoss, pgBossRows } from './contestants/pg-boss.ts'
import { startChild } from './harness/child-process.ts'
import type { LoadGeneratorHandlers } from './harness/load-generator.ts'
import type { Measured } from './harness/measurement.ts'
import type { SinkHandlers } from './harness/sink.ts'
import { describeMachine } from './machine.ts'
import { pipelineOptions } from './pipeline-options.ts'
import { renderReport } from './render-report.ts'
import { reportOf } from './report.ts'
import { bestVariant, runContestant } from './run-contestant.ts'
import type { Stage } from './run-contestant.ts'

const contestants: readonly Contestant[] = [neuronx, floor, graphileWorker, pgBoss, pgBossRows]

/**
 * From HTTP in to commands received, neuronx beside its floor and its peers, one after another on fresh services. Prints the
 * report and writes it to bench/results. Returns the exit code: 1 when a contestant lost or repeated something.
 */
export async function runPipelineBench(words: readonly string[]): Promise<number> {
  const options = pipelineOptions(
    words,
    contestants.map(({ name }) => name),
  )
  const say = (line: string): void => void (options.json ? process.stderr : process.stdout).write(`${line}\n`)
  await using opened = new AsyncDisposableStack()
  const folder = await benchFolder(opened)
  const sink = opened.use(startChild<SinkHandlers>(new URL('harness/sink.ts', import.meta.url)))
  const load = opened.use(
    startChild<LoadGeneratorHandlers>(new URL('harness/load-generator.ts', import.meta.url)),
  )
  const sinkOrigin = `http://127.0.0.1:${await sink.request('listen', null)}`
  const stage: Stage = { folder, sink, sinkOrigin, load, options, say }
  const chosen = contestants.filter(({ name }) => options.only?.includes(name) ?? true)
  const report = reportOf(await describeMachine(), options, await measureAll(chosen, stage))
  for (const line of renderReport(report)) say(line)
  say(`\nwritten to ${await writeResults('pipeline', report)}`)
  if (options.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
  return report.state === 'ok' ? 0 : 1
}

/** Rounds are interleaved, so that a slow minute of the machine does not hit one contestant alone. */
async function measureAll(chosen: readonly Contestant[], stage: Stage): Promise<Measured[]> {
  const variants = new Map<Contestant, Variant>()
  const measured: Measured[] = []
  for (let round = 1; round <= stage.options.rounds; round++) {
    for (const contestant of chosen) {
      stage.say(`${contestant.name} (round ${round} of ${stage.options.rounds})`)
      const variant = variants.get(contestant) ?? (await bestVariant(contestant, stage))
      variants.set(contestant, variant)
      const result = await runContestant(contestant, variant, stage, idleSecondsOf(contestant, stage))
      measured.push(result)
      stage.say(
        `  ${result.throughput.eventsPerSecond.toFixed(0)} events/s, p99 ${result.latency.acceptToDelivered.p99.toFixed(1)} ms`,
      )
    }
  }
  return measured
}

/** Only the daemon's idling has a target. */
function idleSecondsOf(contestant: Contestant, stage: Stage): number {
  return contestant.name === 'neuronx' ? stage.options.idleSeconds : 0
}
