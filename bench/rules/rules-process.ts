import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { RulesReady } from './contestant.ts'
import { contestantNames } from './contestants/contestant-names.ts'
import type { ContestantName } from './contestants/contestant-names.ts'
import { contestants } from './contestants/contestants.ts'
import { cpuOf, cpuOnce } from './measure-cpu.ts'
import { holds, oneRule, rules, samples } from './workload.ts'
import type { RuleSpec, Sample } from './workload.ts'

/** One contestant's figures, measured in a process of its own. CPU time throughout. */
export interface RulesMeasurement {
  /** Events whose set of matching rules was not the expected one. */
  readonly wrongEvents: number
  readonly matchesPerEvent: number
  /** Evaluations of one condition a second, that holds and is evaluated to its end. */
  readonly conditionsPerSecond: number
  readonly usPerEvent: number
  readonly compileMs: number
  readonly heapBytesPerRule: number
}

/** An event that takes longer is one of few that are timed. */
const slowUs = 200_000
const fewEvents = 4

const [name = '', count = '0', wrappedEvery = '0'] = process.argv.slice(2)
const contestant = contestantNames.includes(name as ContestantName)
  ? contestants[name as ContestantName]
  : null
if (contestant === null) throw new Error(`There is no contestant '${name}'`)
setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const compile = await contestant.load()
const specs = rules(Number(count), Number(wrappedEvery))
const events = samples(32)
// What a parser or a code generator allocates for its own sake, once, is not counted with the rules.
compile([oneRule])

const before = heapUsed()
const { us, made: ready } = await cpuOnce(() => compile(specs))
const heapBytesPerRule = Math.max(0, heapUsed() - before) / specs.length

const measured: RulesMeasurement = {
  ...(await checked(ready, specs)),
  conditionsPerSecond: 1e6 / (await conditionUs()),
  usPerEvent: await eventUs(ready),
  compileMs: us / 1000,
  heapBytesPerRule: Math.round(heapBytesPerRule),
}
process.stdout.write(`${JSON.stringify(measured)}\n`)

async function checked(
  { match }: RulesReady,
  all: readonly RuleSpec[],
): Promise<Pick<RulesMeasurement, 'wrongEvents' | 'matchesPerEvent'>> {
  let [wrongEvents, matches] = [0, 0]
  for (const sample of events) {
    const expected = all.filter((rule) => holds(rule, sample)).map(({ id }) => id)
    const found = await match(sample)
    matches += expected.length
    if (JSON.stringify(found) !== JSON.stringify(expected)) wrongEvents += 1
  }
  return { wrongEvents, matchesPerEvent: matches / events.length }
}

async function conditionUs(): Promise<number> {
  const one = compile([oneRule])
  const [sample] = events as readonly [Sample]
  if ((await one.first(sample)) !== true) throw new Error(`${name} does not find the one rule`)
  return await cpuOf(() => one.first(sample))
}

async function eventUs({ match }: RulesReady): Promise<number> {
  const [first] = events as readonly [Sample]
  const { us: once } = await cpuOnce(async () => await match(first))
  const timed = once > slowUs ? events.slice(0, fewEvents) : events
  const usOfAll = await cpuOf(async () => {
    for (const sample of timed) await match(sample)
  })
  return usOfAll / timed.length
}

function heapUsed(): number {
  collectGarbage()
  collectGarbage()
  const { heapUsed: heap, arrayBuffers } = process.memoryUsage()
  return heap + arrayBuffers
}
