import { benchFolder } from '../bench-folder.ts'
import { describeMachine } from '../pipeline/machine.ts'
import { writeResults } from '../write-results.ts'
import { floor, neuronx } from './contestants/neuronx.ts'
import { graphileWorker, pgBoss, pgBossTogether, pgTransactionalOutbox } from './contestants/peers.ts'
import { measureDrain, measureHeld, withOutbox } from './measure-outbox.ts'
import { measureRounds } from './measure-rounds.ts'
import type { MeasuredRounds } from './measure-rounds.ts'
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
  const measured = await measureRounds(chosen, {
    ...{ folder, rounds: options.rounds, say, unit: 'events', trialMin: 1_000 },
    count: () => options.events,
  })
  const rows: OutboxRow[] = []
  for (const one of measured) rows.push(await withHeldAndBacklog(one, { folder, options, say }))
  const report: OutboxReport = { machine: await describeMachine(), options, rows }
  for (const line of renderOutboxReport(report)) say(line)
  say(`\nwritten to ${await writeResults('outbox', report)}`)
  if (options.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
  return rows.some(({ failures }) => failures.length > 0) ? 1 : 0
}

/** With what only this bench measures of a contestant. */
async function withHeldAndBacklog(
  { contestant, variant, row }: MeasuredRounds,
  { folder, options, say }: Stage,
): Promise<OutboxRow> {
  const { heldSeconds, perSecond, backlog } = options
  if (heldSeconds > 0) say(`${contestant.name}: a snapshot held for ${heldSeconds} s at ${perSecond}/s`)
  const held =
    heldSeconds > 0
      ? await withOutbox(contestant, variant, folder, measureHeld(perSecond, heldSeconds))
      : null
  const long = backlog > 0 && contestant === neuronx
  if (long) say(`${contestant.name}: ${backlog} events waiting`)
  const behind = long ? await withOutbox(contestant, variant, folder, measureDrain(backlog)) : null
  return {
    ...row,
    held,
    backlog: behind === null ? null : { short: row.eventsPerSecond, long: behind.eventsPerSecond },
    failures: [...row.failures, ...(held?.failures ?? []), ...(behind?.failures ?? [])],
  }
}
