import { execFile } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { benchOptions } from '../bench-options.ts'
import { renderTable } from '../render-table.ts'
import { writeResults } from '../write-results.ts'
import { contestantNames } from './contestants/contestant-names.ts'
import { crossoverCounts, renderCrossover } from './crossover.ts'
import type { Crossover } from './crossover.ts'
import type { RulesMeasurement } from './rules-process.ts'
import { targetsOf } from './rules-targets.ts'
import type { Target } from './rules-targets.ts'

const run = promisify(execFile)

const ranges = {
  rules: { from: 100, to: 100_000, otherwise: 10_000 },
  rounds: { from: 1, to: 9, otherwise: 1 },
}

/** One rule in so many cannot be indexed, in the second workload of our own contestants. */
const wrappedEvery = 10

/**
 * Measures every contestant in fresh processes, prints the table and the ratios beside the targets. Returns 0, or 1 when a
 * contestant found other rules than the oracle; a target that is missed is printed and changes nothing: the machine may be busy.
 */
export async function runRulesBench(words: readonly string[]): Promise<number> {
  const { numbers, only, json } = benchOptions('rules', ranges, contestantNames, words)
  const rows = new Map<string, RulesMeasurement>()
  for (const name of contestantNames) {
    if (only !== null && !only.includes(name)) continue
    rows.set(name, await measured(name, numbers.rules, 0, numbers.rounds))
    if (name.startsWith('neuronx'))
      rows.set(`${name}, 10 % wrapped`, await measured(name, numbers.rules, wrappedEvery, numbers.rounds))
  }
  const crossover: Crossover[] = []
  for (const rules of only === null ? crossoverCounts : []) {
    const [linear, indexed] = [
      await measured('neuronx', rules, 0, 1),
      await measured('neuronx-indexed', rules, 0, 1),
    ]
    crossover.push({ rules, linearUs: linear.usPerEvent, indexedUs: indexed.usPerEvent })
  }
  const targets = targetsOf(rows)
  const machine = { node: process.versions.node, ...numbers }
  const file = await writeResults('rules', { ...machine, rows: Object.fromEntries(rows), crossover, targets })
  const text = [...report(rows, targets), ...renderCrossover(crossover), '', `written to ${file}`].join('\n')
  process.stdout.write(json ? `${JSON.stringify(Object.fromEntries(rows), null, 2)}\n` : `${text}\n`)
  return [...rows.values()].some(({ wrongEvents }) => wrongEvents > 0) ? 1 : 0
}

/** The median round, by time per event. */
async function measured(
  name: string,
  rules: number,
  wrapped: number,
  rounds: number,
): Promise<RulesMeasurement> {
  const script = join(dirname(fileURLToPath(import.meta.url)), 'rules-process.ts')
  const all: RulesMeasurement[] = []
  for (let round = 0; round < rounds; round += 1) {
    const words = ['--no-warnings', script, name, String(rules), String(wrapped)]
    const { stdout } = await run(process.execPath, words, { timeout: 600_000 })
    all.push(JSON.parse(stdout) as RulesMeasurement)
  }
  const [first] = all
  if (first === undefined) throw new Error('Nothing was measured')
  return all.toSorted((a, b) => a.usPerEvent - b.usPerEvent)[all.length >> 1] ?? first
}

function report(rows: ReadonlyMap<string, RulesMeasurement>, targets: readonly Target[]): readonly string[] {
  const table = renderTable([
    ['CPU time', 'conditions/s', 'µs/event', 'compile ms', 'heap B/rule', 'matches', 'correct'],
    ...[...rows].map(([name, row]) => [
      name,
      Math.round(row.conditionsPerSecond).toLocaleString('en-US'),
      row.usPerEvent.toLocaleString('en-US', { maximumSignificantDigits: 3 }),
      row.compileMs.toFixed(0),
      String(row.heapBytesPerRule),
      row.matchesPerEvent.toFixed(2),
      row.wrongEvents === 0 ? 'yes' : `NO: ${row.wrongEvents} of 32 events`,
    ]),
  ])
  const verdicts = targets.map(({ what, wanted, actual, isReached }) => [
    what,
    wanted,
    actual,
    isReached ? 'reached' : 'NOT REACHED',
  ])
  return verdicts.length === 0
    ? table
    : [...table, '', ...renderTable([['target', 'wanted', 'is', ''], ...verdicts])]
}
