import { benchFolder } from '../bench-folder.ts'
import { measureRounds } from '../outbox/measure-rounds.ts'
import { describeMachine } from '../pipeline/machine.ts'
import { writeResults } from '../write-results.ts'
import { dbos, graphileWorker, neuronx } from './contestants/contestants.ts'
import { measureAsleep } from './measure-asleep.ts'
import { measureBurst } from './measure-burst.ts'
import { renderWorkflowsReport } from './render-workflows-report.ts'
import type { WorkflowsReport } from './render-workflows-report.ts'
import { workflowsOptions } from './workflows-options.ts'

const contestants = [neuronx, graphileWorker, dbos]

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
  const measured = await measureRounds(chosen, {
    ...{ folder, rounds: options.rounds, say, unit: 'wakes', trialMin: 500 },
    count: (contestant) => (contestant === dbos ? options.dbosWakes : options.wakes),
  })
  const rows = measured.map(({ row }) => row)
  if (options.asleep > 0) say(`${options.asleep} instances asleep beside a daemon`)
  const asleep = options.asleep > 0 ? await measureAsleep(options.asleep, folder) : null
  if (options.burst > 0) say(`${options.burst} instances of one tenant due at once`)
  const burst = options.burst > 0 ? await measureBurst(options.burst, folder) : null
  const report: WorkflowsReport = { machine: await describeMachine(), options, rows, asleep, burst }
  for (const line of renderWorkflowsReport(report)) say(line)
  say(`\nwritten to ${await writeResults('workflows', report)}`)
  if (options.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
  return [...rows, ...(burst === null ? [] : [burst])].some(({ failures }) => failures.length > 0) ? 1 : 0
}
