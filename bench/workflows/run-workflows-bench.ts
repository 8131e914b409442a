import { benchFolder } from '../bench-folder.ts'
import { measureDrain, withOutbox } from '../outbox/measure-outbox.ts'
import type { DrainFigures } from '../outbox/measure-outbox.ts'
import type { OutboxContestant, OutboxVariant } from '../outbox/outbox-contestant.ts'
import { median } from '../pipeline/harness/percentile.ts'
import { describeMachine } from '../pipeline/machine.ts'
import { writeResults } from '../write-results.ts'
import { dbos, graphileWorker, neuronx } from './contestants/contestants.ts'
import { measureAsleep } from './measure-asleep.ts'
import { measureBurst } from './measure-burst.ts'
import { renderWorkflowsReport } from './render-workflows-report.ts'
import type { WakeRow, WorkflowsReport } from './render-workflows-report.ts'
import { workflowsOptions } from './workflows-options.ts'
import type { WorkflowsOptions } from './workflows-options.ts'

const contestants = [neuronx, graphileWorker, dbos]

interface Stage {
  readonly folder: string
  readonly options: WorkflowsOptions
  readonly say: (line: string) => void
}

/**
 * Sleeping workflows: what it takes to wake them and let them advance, to have a million of them asleep, and what one tenant's
 * burst does to another. Prints the report and writes it to bench/results. Returns the exit code: 1 when a system lost or
 * repeated something.
 */
export async function runWorkflowsBench(words: readonly string[]): Promise<number> {
  const options = workflowsOptions(
    words,
    contestants.map(({ name }) => name),
  )
  const say = (line: string): void => void (options.json ? process.stderr : process.stdout).write(`${line}\n`)
  await using opened = new AsyncDisposableStack()
  const folder = await benchFolder(opened)
  const chosen = contestants.filter(({ name }) => options.only?.includes(name) ?? true)
  const rows = await measureWakes(chosen, { folder, options, say })
  if (options.asleep > 0) say(`${options.asleep} instances asleep beside a daemon`)
  const asleep = options.asleep > 0 ? await measureAsleep(options.asleep, folder) : null
  if (options.burst > 0) say(`${options.burst} instances of one tenant due at once`)
  const burst = options.burst > 0 ? await measureBurst(options.burst, folder) : null
  const report: WorkflowsReport = { machine: await describeMachine(), options, rows, asleep, burst }
  for (const line of renderWorkflowsReport(report)) say(line)
  say(`\nwritten to ${await writeResults('workflows', report)}`)
  if (options.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
  return rows.some(({ failures }) => failures.length > 0) ? 1 : 0
}

/** Rounds are interleaved, so that a slow minute of the machine does not hit one system alone. */
async function measureWakes(chosen: readonly OutboxContestant[], stage: Stage): Promise<WakeRow[]> {
  const { options, say } = stage
  const variants = new Map<OutboxContestant, OutboxVariant>()
  const drains = new Map<OutboxContestant, DrainFigures[]>()
  for (let round = 1; round <= options.rounds; round++) {
    for (const contestant of chosen) {
      say(`${contestant.name} (round ${round} of ${options.rounds})`)
      const variant = variants.get(contestant) ?? (await bestVariant(contestant, stage))
      variants.set(contestant, variant)
      const drain = await withOutbox(
        contestant,
        variant,
        stage.folder,
        measureDrain(wakesOf(contestant, options)),
      )
      say(`  ${drain.eventsPerSecond.toFixed(0)} wakes/s`)
      drains.set(contestant, [...(drains.get(contestant) ?? []), drain])
    }
  }
  return chosen.map((contestant) => {
    const own = drains.get(contestant) ?? []
    const of = (figure: (drain: DrainFigures) => number): number => median(own.map(figure))
    return {
      contestant: contestant.name,
      variant: (variants.get(contestant) ?? contestant.variants[0]).title,
      wakesPerSecond: of((drain) => drain.eventsPerSecond),
      cpuPer1000: {
        system: of((drain) => drain.cpuPer1000.system),
        postgres: of((drain) => drain.cpuPer1000.postgres),
        nats: of((drain) => drain.cpuPer1000.nats),
      },
      failures: own.flatMap(({ failures }) => failures),
    }
  })
}

function wakesOf(contestant: OutboxContestant, options: WorkflowsOptions): number {
  return contestant === dbos ? options.dbosWakes : options.wakes
}

/** The variant with the most wakes a second in a short trial of each. */
async function bestVariant(
  contestant: OutboxContestant,
  { folder, options, say }: Stage,
): Promise<OutboxVariant> {
  const [first, ...others] = contestant.variants
  if (others.length === 0) return first
  let best = { variant: first, wakesPerSecond: 0 }
  for (const variant of contestant.variants) {
    const wakes = Math.max(500, Math.round(wakesOf(contestant, options) / 4))
    const { eventsPerSecond, failures } = await withOutbox(contestant, variant, folder, measureDrain(wakes))
    say(
      `  trial  ${variant.title}: ${eventsPerSecond.toFixed(0)} wakes/s${failures.length > 0 ? ' FAILED' : ''}`,
    )
    if (failures.length === 0 && eventsPerSecond > best.wakesPerSecond)
      best = { variant, wakesPerSecond: eventsPerSecond }
  }
  return best.variant
}
