import { parseArgs } from 'node:util'
import type { CrashPointName } from '../../../src/kernel/crash-points.ts'
import { simulatedPoints } from './fault-schedule.ts'
import { shrink } from './shrink.ts'
import { simulate } from './simulate.ts'
import type { SimulationReport } from './simulate.ts'

/**
 * `npm run test:simulation [-- --seeds 5000 --from 1 --seed N --point relay.after_ack|each --steps N --language]`: plays schedules, says how many and
 * how fast, and for each that fails what is needed to play it again. `--steps`: requests of the producers; `--language`: workflows, rules that remember, schedules and
 * teams run beside it. Exit code 1 when one did.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    point: { type: 'string' },
    steps: { type: 'string' },
    language: { type: 'boolean', default: false },
    failures: { type: 'string', default: '3' },
  },
})

function pointsOf(text: string | undefined): readonly (CrashPointName | null)[] {
  if (text === undefined) return [null]
  if (text === 'each') return simulatedPoints
  const point = simulatedPoints.find((one) => one === text)
  if (point === undefined)
    throw new Error(`No such point: ${text}. One of: ${simulatedPoints.join(', ')}, each`)
  return [point]
}

const setup = {
  sales: values.language ? 'language' : 'simple',
  requests: values.steps === undefined ? null : Number(values.steps),
} as const
const single = values.seed !== undefined
const from = Number(values.seed ?? values.from)
const count = single ? 1 : Number(values.seeds)
const totals = {
  schedules: 0,
  failed: 0,
  crashes: 0,
  events: 0,
  commands: 0,
  effects: 0,
  inDoubt: 0,
  repaired: 0,
}
const began = performance.now()

for (const point of pointsOf(values.point)) {
  let deaths = 0
  for (let seed = from; seed < from + count; seed += 1) {
    const report = await simulate({ seed, point, ...setup })
    add(report)
    deaths += report.history.filter((line) => line.includes(`dies at ${point}`)).length
    if (single) tell(report, report.history)
    if (report.violations.length === 0) continue
    totals.failed += 1
    await tellFailure(seed, point)
    if (totals.failed >= Number(values.failures)) break
  }
  if (point !== null) console.log(`${point}: ${count} seeds, ${deaths} deaths there`)
  if (totals.failed >= Number(values.failures)) break
}
const minutes = (performance.now() - began) / 60_000
console.log(`${JSON.stringify(totals)}\n${Math.round(totals.schedules / minutes)} schedules a minute`)
process.exitCode = totals.failed > 0 ? 1 : 0

function add(report: SimulationReport): void {
  totals.schedules += 1
  for (const name of ['crashes', 'events', 'commands', 'effects', 'inDoubt', 'repaired'] as const)
    totals[name] += report[name]
}

async function tellFailure(seed: number, point: CrashPointName | null): Promise<void> {
  const smallest = await shrink({ seed, point, ...setup })
  console.log(
    `\nseed ${seed} fails; again: npm run test:simulation -- --seed ${seed}${point === null ? '' : ` --point ${point}`}${values.language ? ' --language' : ''}${values.steps === undefined ? '' : ` --steps ${values.steps}`}`,
  )
  tell(smallest, smallest.history)
}

function tell(report: SimulationReport, history: readonly string[]): void {
  const { faults, ...rest } = report.schedule
  console.log(`schedule ${JSON.stringify(rest)}`)
  for (const fault of faults) console.log(`  fault ${JSON.stringify(fault)}`)
  for (const line of history) console.log(`  ${line}`)
  for (const line of report.violations) console.log(`  BROKEN ${line}`)
  const { events, commands, effects, inDoubt, repaired, steps, drainMs } = report
  console.log(`  ${JSON.stringify({ events, commands, effects, inDoubt, repaired, steps, drainMs })}`)
}
