import { seededTrials } from '../../src/control-plane/rollout/forecast/seeded-trials.ts'
import { resolvePolicy } from '../../src/control-plane/rollout/policy/resolve-policy.ts'
import type { ResolvedPolicy } from '../../src/control-plane/rollout/policy/resolved-policy.ts'
import { benchOptions } from '../bench-options.ts'
import { renderTable } from '../render-table.ts'
import { writeResults } from '../write-results.ts'
import { rolloutCases } from './rollout-cases.ts'
import type { GateFigures, RolloutCase } from './rollout-cases.ts'
import { simulateRollout } from './simulate-rollout.ts'
import type { SimulatedRollout } from './simulate-rollout.ts'
import { simulateThresholdGate } from './simulate-threshold-gate.ts'

export interface RolloutFigures {
  readonly name: string
  readonly wanted: string
  readonly reached: boolean
  readonly rollouts: number
  readonly judge: GateFigures
  readonly naive: GateFigures
  readonly failureLimit3: GateFigures
}

/** The policy that is simulated: the default ramp; shadow, which exposes nobody, left out; a short watch. */
export function simulatedPolicy(): ResolvedPolicy {
  return resolvePolicy({
    apiVersion: 'neuronx/v1',
    kind: 'RolloutPolicy',
    name: 'simulated',
    shadowFirst: false,
    bake: { watch: '30m' },
  })
}

/** The figures of one case, every gate on the same seeds. */
export function measureCase(one: RolloutCase, rollouts: number, seed: number): RolloutFigures {
  const policy = simulatedPolicy()
  const seeds = Array.from({ length: rollouts }, (_, index) => seed + index * 7919)
  const judged = figuresOf(
    seeds.map((s) => simulateRollout(policy, one.world, seededTrials(s), one.hoursMax)),
  )
  const gate = (limit: number) =>
    figuresOf(seeds.map((s) => simulateThresholdGate(policy, one.world, seededTrials(s), limit)))
  return {
    name: one.name,
    wanted: one.wanted,
    reached: one.reached(judged),
    rollouts,
    judge: judged,
    naive: gate(0),
    failureLimit3: gate(3),
  }
}

/** `npm run bench -- rollout`: prints and writes the figures. Returns 1 when one is not reached. */
export async function runRolloutBench(words: readonly string[]): Promise<number> {
  const ranges = {
    rollouts: { from: 10, to: 100_000, otherwise: 2000 },
    seed: { from: 1, to: 1_000_000_000, otherwise: 1000 },
  }
  const { numbers, only, json } = benchOptions(
    'rollout',
    ranges,
    rolloutCases.map(({ name }) => name),
    words,
  )
  const cases = rolloutCases.filter(({ name }) => only?.includes(name) ?? true)
  const rows = cases.map((one) => measureCase(one, numbers.rollouts, numbers.seed))
  const file = await writeResults('rollout', { node: process.versions.node, seed: numbers.seed, rows })
  process.stdout.write(
    json ? `${JSON.stringify(rows, null, 2)}\n` : `${report(rows)}\n\nwritten to ${file}\n`,
  )
  return rows.every(({ reached }) => reached) ? 0 : 1
}

function report(rows: readonly RolloutFigures[]): string {
  const table = renderTable([
    [
      '1,000 units/h, default ramp',
      'rollouts',
      'judge',
      'units (p95)',
      'failed',
      'hours',
      'naive',
      'units',
      'limit 3',
      'units',
      'wanted',
      '',
    ],
    ...rows.map(({ name, rollouts, judge, naive, failureLimit3, wanted, reached }) => [
      name,
      String(rollouts),
      percentText(judge.rolledBackShare),
      `${text(judge.medianUnits)} (${text(judge.p95Units)})`,
      text(judge.medianFailures),
      judge.medianHours === null ? '-' : judge.medianHours.toFixed(2),
      percentText(naive.rolledBackShare),
      text(naive.medianUnits),
      percentText(failureLimit3.rolledBackShare),
      text(failureLimit3.medianUnits),
      wanted,
      reached ? 'reached' : 'NOT REACHED',
    ]),
  ])
  const legend =
    'judge, naive, limit 3: rollouts that were rolled back. units: median candidate units until then, failed or not.\n' +
    'naive: rolls back when a step ends with more than 1 % errors. limit 3: when that happens a fourth time.'
  return [...table, '', legend].join('\n')
}

function figuresOf(rollouts: readonly SimulatedRollout[]): GateFigures {
  const back = rollouts.filter(({ outcome }) => outcome === 'rolled_back')
  const at = (part: number, of: (rollout: SimulatedRollout) => number): number | null => {
    const sorted = back.map(of).sort((one, other) => one - other)
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? null
  }
  return {
    rolledBackShare: back.length / rollouts.length,
    medianUnits: at(0.5, ({ candidateUnits }) => candidateUnits),
    p95Units: at(0.95, ({ candidateUnits }) => candidateUnits),
    medianFailures: at(0.5, ({ candidateFailures }) => candidateFailures),
    medianHours: at(0.5, ({ hours }) => hours),
  }
}

function percentText(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 2 : 0)} %`
}

function text(value: number | null): string {
  return value === null ? '-' : String(value)
}
