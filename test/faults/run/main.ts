import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { allFaults, faultsNamed } from '../schedule/all-faults.ts'
import { oneByOne, planFaults } from '../schedule/plan-faults.ts'
import type { PlannedFault } from '../schedule/plan-faults.ts'
import { SeededRandom } from '../../support/seeded-random.ts'
import { crashPointsNamed, runCrashPoints } from './run-crash-points.ts'
import { runFaults } from './run-faults.ts'
import { reportLines, seconds } from './run-report.ts'
import type { FaultRecord, RunReport } from './run-report.ts'

const usage = `npm run test:faults -- [options]
  --seed N           the run's seed; default: drawn, and printed
  --minutes M        how long faults go on; default 5
  --only F5,F7       only these, by id or name
  --each             every fault once, one after another, instead of the random mix
  --crash-points     kills a daemon at every named crash point
  --rounds N         with --crash-points: how often at each; default 5
  --rollouts       keeps a rollout of a sound candidate under way, and checks whom it decided for
  --rate N           events a second of all writers; default 60
  --report FILE      where the report goes as JSON
  --keep             keeps the folder with the daemons' logs
  --list             names every fault`

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    minutes: { type: 'string', default: '5' },
    only: { type: 'string', default: '' },
    each: { type: 'boolean', default: false },
    'crash-points': { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    rollouts: { type: 'boolean', default: false },
    rate: { type: 'string', default: '60' },
    report: { type: 'string' },
    keep: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

/** Signals end the run in order: what was started ends with this process. */
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130))

if (values.help) console.log(usage)
else if (values.list)
  for (const { id, name, weight } of allFaults) console.log(`${id}\t${name}\tweight ${weight}`)
else {
  const report = await run()
  for (const line of reportLines(report)) console.log(line)
  if (values.report !== undefined) await writeFile(values.report, `${JSON.stringify(report, null, 2)}\n`)
  process.exitCode = report.violations.length === 0 ? 0 : 1
}

async function run(): Promise<RunReport> {
  const seed = positive('seed', values.seed ?? String(Math.floor(Math.random() * 1_000_000_000)))
  const minutes = positive('minutes', values.minutes)
  const given = process.argv
    .slice(2)
    .filter((word, index, all) => word !== '--seed' && all[index - 1] !== '--seed')
  console.log(`seed ${seed}; again with: npm run test:faults -- ${['--seed', seed, ...given].join(' ')}`)
  const { keep, rollouts } = values
  const common = { seed, keep, rollouts, perSecond: positive('rate', values.rate), onFault: tell }
  if (values['crash-points']) {
    const points = crashPointsNamed(wordsOf(values.only), rollouts)
    console.log(`schedule  ${points.join(', ')}, each ${values.rounds} times`)
    return await runCrashPoints({ ...common, points, rounds: positive('rounds', values.rounds) })
  }
  const faults = faultsNamed(wordsOf(values.only))
  const random = new SeededRandom(seed)
  if (values.each) {
    const plan = oneByOne(faults, random, 2_000)
    tellPlan(plan)
    return await runFaults({ ...common, plan, forMs: 3_600_000 })
  }
  const options = { faults, pauseFromMs: 500, pauseToMs: 4_000 }
  tellPlan(
    planFaults({ ...options, random: new SeededRandom(seed) })
      .take(Math.ceil(minutes * 8))
      .toArray(),
  )
  return await runFaults({ ...common, plan: planFaults({ ...options, random }), forMs: minutes * 60_000 })
}

function wordsOf(list: string): readonly string[] {
  return list.split(',').filter((word) => word !== '')
}

function tellPlan(plan: readonly PlannedFault[]): void {
  console.log(`schedule  ${plan.map(({ fault }) => fault.name).join(', ')} …`)
}

function tell({ id, name, atMs, endedMs, takeoverMs, note, error }: FaultRecord): void {
  const facts = [takeoverMs === null ? null : `taken over in ${seconds(takeoverMs)}`, note, error]
  console.log(
    `${seconds(atMs).padStart(9)}  ${id.padEnd(3)}  ${name}, ${seconds(endedMs - atMs)}  ${facts.filter((fact) => fact !== null).join('; ')}`,
  )
}

function positive(name: string, text: string): number {
  const value = Number(text)
  if (!Number.isFinite(value) || value <= 0) throw new Error(`--${name} must be a positive number`)
  return value
}
