import type { World } from './simulate-rollout.ts'

/** What a gate did in one case over all simulated rollouts. Medians are of the rollouts that were rolled back; null: none was. */
export interface GateFigures {
  readonly rolledBackShare: number
  readonly medianUnits: number | null
  readonly p95Units: number | null
  readonly medianFailures: number | null
  readonly medianHours: number | null
}

export interface RolloutCase {
  /** One word: `--only` names it. */
  readonly name: string
  readonly world: World
  readonly hoursMax: number
  readonly wanted: string
  reached(figures: GateFigures): boolean
}

const unitsPerHour = 1000
const healthyRate = 0.003
const falseRollbacksMax = 0.01

/** The figures to reach, and two that show what they cost elsewhere. */
export const rolloutCases: readonly RolloutCase[] = [
  {
    name: 'healthy',
    world: { unitsPerHour, candidateErrorRate: healthyRate, baselineErrorRate: healthyRate },
    hoursMax: 48,
    wanted: 'back <= 1 %',
    reached: ({ rolledBackShare }) => rolledBackShare <= falseRollbacksMax,
  },
  ...(
    [
      ['broken', 1, 3],
      ['fails-20%', 0.2, 15],
      ['fails-10%', 0.1, 32],
      ['fails-5%', 0.05, 72],
    ] as const
  ).map(([name, candidateErrorRate, unitsMax]) => ({
    name,
    world: { unitsPerHour, candidateErrorRate, baselineErrorRate: healthyRate },
    hoursMax: 48,
    wanted: `units <= ${unitsMax}`,
    reached: ({ rolledBackShare, medianUnits }: GateFigures) =>
      rolledBackShare > 0.99 && medianUnits !== null && medianUnits <= unitsMax,
  })),
  {
    name: 'fails-2%',
    world: { unitsPerHour, candidateErrorRate: 0.02, baselineErrorRate: healthyRate },
    hoursMax: 48,
    wanted: 'back > 95 %',
    reached: ({ rolledBackShare }) => rolledBackShare > 0.95,
  },
  {
    name: 'outage-30%',
    world: { unitsPerHour, candidateErrorRate: 0.3, baselineErrorRate: 0.3 },
    hoursMax: 4,
    wanted: 'back <= 1 %',
    reached: ({ rolledBackShare }) => rolledBackShare <= falseRollbacksMax,
  },
]
