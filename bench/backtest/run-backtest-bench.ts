import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { systemClock } from '../../src/kernel/clock.ts'
import { noPastStates } from '../../src/sales-core/backtest/recorded-events.ts'
import { runBacktest } from '../../src/sales-core/backtest/run-backtest.ts'
import { renderTable } from '../render-table.ts'
import { writeResults } from '../write-results.ts'
import { benchConfig } from './bench-config.ts'
import { syntheticRecording } from './synthetic-recording.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const rulesCount = 200
const perSecondTarget = 20_000

interface Measured {
  readonly events: number
  readonly entities: number
  readonly seconds: number
  readonly perSecond: number
  readonly heldMiB: number
}

/**
 * Recorded events a second of CPU time (what one core does, whoever else is at work) through baseline and candidate with 200
 * rules; and memory, which must not grow with the number of events. Exit code 1 when a figure is missed.
 */
export async function runBacktestBench(words: readonly string[]): Promise<number> {
  const most = Number(words[words.indexOf('--events') + 1] ?? Number.NaN)
  const events = words.includes('--events') && Number.isSafeInteger(most) && most >= 10_000 ? most : 1_000_000
  const baseline = benchConfig(rulesCount, 80)
  const candidate = benchConfig(rulesCount, 75)
  const runs: Measured[] = []
  for (const size of [Math.round(events / 4), events])
    runs.push(await measure(size, 20_000, baseline, candidate))
  const rows = runs.map(({ events: n, entities, seconds, perSecond, heldMiB }) => [
    n.toLocaleString('en'),
    entities.toLocaleString('en'),
    seconds.toFixed(1),
    Math.round(perSecond).toLocaleString('en'),
    heldMiB.toFixed(0),
  ])
  if (words.includes('--json')) process.stdout.write(`${JSON.stringify({ rulesCount, runs })}\n`)
  else
    process.stdout.write(
      `${renderTable([['events', 'entities', 'CPU s', 'events/CPU s', 'heap held MiB'], ...rows]).join('\n')}\n`,
    )
  await writeResults('backtest', { rulesCount, perSecondTarget, runs })
  const [small, large] = runs as [Measured, Measured]
  const isFlat = large.heldMiB <= small.heldMiB * 1.5
  if (!isFlat) process.stderr.write('Memory grew with the number of events\n')
  const isFast = large.perSecond >= perSecondTarget
  if (!isFast) process.stderr.write(`Below ${perSecondTarget} events/s\n`)
  return isFlat && isFast ? 0 : 1
}

async function measure(
  events: number,
  entities: number,
  baseline: ReturnType<typeof benchConfig>,
  candidate: ReturnType<typeof benchConfig>,
): Promise<Measured> {
  const looks: number[] = []
  let looking = 0
  const from = process.cpuUsage()
  const report = await runBacktest(
    {
      tenant: { id: null, slug: 'bench' },
      workspace: 'default',
      baseline,
      candidate,
      recording: syntheticRecording(events, entities),
      past: noPastStates,
      definitionsOf: async () => Promise.resolve(new Map()),
      clock: systemClock,
    },
    {
      // What is left after a collection, near the end: what the run holds. The looks are not its work.
      onProgress: ({ pass, passes, read }) => {
        if (pass < passes || read < events * (0.8 + 0.05 * looks.length) || looks.length === 4) return
        const before = process.cpuUsage()
        collectGarbage()
        looks.push(process.memoryUsage().heapUsed)
        const { user, system } = process.cpuUsage(before)
        looking += user + system
      },
    },
  )
  const { user, system } = process.cpuUsage(from)
  const seconds = (user + system - looking) / 1_000_000
  if (report.events.replayed !== events)
    throw new Error(`${report.events.replayed} of ${events} events were replayed`)
  return { events, entities, seconds, perSecond: events / seconds, heldMiB: Math.min(...looks) / 2 ** 20 }
}
