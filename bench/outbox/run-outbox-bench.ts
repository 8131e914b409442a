import { benchFolder } from '../bench-folder.ts'
import { median } from '../pipeline/harness/percentile.ts'
import { describeMachine } from '../pipeline/machine.ts'
import { writeResults } from '../write-results.ts'
import { floor, neuronx } from './contestants/neuronx.ts'
import { graphileWorker, pgBoss, pgBossTogether, pgTransactionalOutbox } from './contestants/peers.ts'
import { measureDrain, measureHeld, withOutbox } from './measure-outbox.ts'
import type { OutboxContestant, OutboxVariant } from './outbox-contestant.ts'
import { outboxOptions } from './outbox-options.ts'
import type { OutboxOptions } from './outbox-options.ts'
import { renderOutboxReport } from './render-outbox-report.ts'
import type { OutboxReport, OutboxRow } from './render-outbox-report.ts'

const contestants = [neuronx, floor, graphileWorker, pgBoss, pgBossTogether, pgTransactionalOutbox]

interface Stage {
  readonly folder: string
  readonly options: OutboxOptions
  readonly say: (line: string) => void
}

/**
 * From the outbox to committed work: the same durable work per event (recognised, one state, one command) in every system. Prints
 * the report and writes it to bench/results. Returns the exit code: 1 when a system lost or repeated something.
 */
export async function runOutboxBench(words: readonly string[]): Promise<number> {
  const options = outboxOptions(
    words,
    contestants.map(({ name }) => name),
  )
  const say = (line: string): void => void (options.json ? process.stderr : process.stdout).write(`${line}\n`)
  await using opened = new AsyncDisposableStack()
  const folder = await benchFolder(opened)
  const chosen = contestants.filter(({ name }) => options.only?.includes(name) ?? true)
  const rows = await measureAll(chosen, { folder, options, say })
  const report: OutboxReport = { machine: await describeMachine(), options, rows }
  for (const line of renderOutboxReport(report)) say(line)
  say(`\nwritten to ${await writeResults('outbox', report)}`)
  if (options.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
  return rows.some(({ failures }) => failures.length > 0) ? 1 : 0
}

/** Rounds are interleaved, so that a slow minute of the machine does not hit one system alone. */
async function measureAll(chosen: readonly OutboxContestant[], stage: Stage): Promise<OutboxRow[]> {
  const { options, say } = stage
  const variants = new Map<OutboxContestant, OutboxVariant>()
  const drains = new Map<OutboxContestant, Awaited<ReturnType<ReturnType<typeof measureDrain>>>[]>()
  for (let round = 1; round <= options.rounds; round++) {
    for (const contestant of chosen) {
      say(`${contestant.name} (round ${round} of ${options.rounds})`)
      const variant = variants.get(contestant) ?? (await bestVariant(contestant, stage))
      variants.set(contestant, variant)
      const drain = await withOutbox(contestant, variant, stage.folder, measureDrain(options.events))
      say(`  ${drain.eventsPerSecond.toFixed(0)} events/s`)
      drains.set(contestant, [...(drains.get(contestant) ?? []), drain])
    }
  }
  const rows: OutboxRow[] = []
  for (const contestant of chosen)
    rows.push(await rowOf(contestant, variants, drains.get(contestant) ?? [], stage))
  return rows
}

async function rowOf(
  contestant: OutboxContestant,
  variants: ReadonlyMap<OutboxContestant, OutboxVariant>,
  drains: readonly Awaited<ReturnType<ReturnType<typeof measureDrain>>>[],
  { folder, options, say }: Stage,
): Promise<OutboxRow> {
  const variant = variants.get(contestant) ?? contestant.variants[0]
  const { heldSeconds, perSecond, backlog } = options
  if (heldSeconds > 0) say(`${contestant.name}: a snapshot held for ${heldSeconds} s at ${perSecond}/s`)
  const held =
    heldSeconds > 0
      ? await withOutbox(contestant, variant, folder, measureHeld(perSecond, heldSeconds))
      : null
  const long = backlog > 0 && contestant === neuronx
  if (long) say(`${contestant.name}: ${backlog} events waiting`)
  const behind = long ? await withOutbox(contestant, variant, folder, measureDrain(backlog)) : null
  const of = (figure: (drain: (typeof drains)[number]) => number): number => median(drains.map(figure))
  return {
    contestant: contestant.name,
    variant: variant.title,
    eventsPerSecond: of((drain) => drain.eventsPerSecond),
    cpuPer1000: {
      system: of((drain) => drain.cpuPer1000.system),
      postgres: of((drain) => drain.cpuPer1000.postgres),
      nats: of((drain) => drain.cpuPer1000.nats),
    },
    held,
    backlog:
      behind === null ? null : { short: of((drain) => drain.eventsPerSecond), long: behind.eventsPerSecond },
    failures: [
      ...drains.flatMap(({ failures }) => failures),
      ...(held?.failures ?? []),
      ...(behind?.failures ?? []),
    ],
  }
}

/** The variant with the most events a second in a short trial of each. */
async function bestVariant(
  contestant: OutboxContestant,
  { folder, options, say }: Stage,
): Promise<OutboxVariant> {
  const [first, ...others] = contestant.variants
  if (others.length === 0) return first
  let best = { variant: first, eventsPerSecond: 0 }
  for (const variant of contestant.variants) {
    const events = Math.max(1_000, Math.round(options.events / 4))
    const { eventsPerSecond, failures } = await withOutbox(contestant, variant, folder, measureDrain(events))
    say(
      `  trial  ${variant.title}: ${eventsPerSecond.toFixed(0)} events/s${failures.length > 0 ? ' FAILED' : ''}`,
    )
    if (failures.length === 0 && eventsPerSecond > best.eventsPerSecond) best = { variant, eventsPerSecond }
  }
  return best.variant
}
