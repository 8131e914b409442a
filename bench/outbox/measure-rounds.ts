import { median } from '../pipeline/harness/percentile.ts'
import { measureDrain, withOutbox } from './measure-outbox.ts'
import type { DrainFigures } from './measure-outbox.ts'
import type { OutboxContestant, OutboxVariant } from './outbox-contestant.ts'

export interface Rounds {
  readonly folder: string
  readonly rounds: number
  readonly say: (line: string) => void
  /** What is worked off: `events`. */
  readonly unit: string
  /** How many of them, and in a trial at least. */
  readonly count: (contestant: OutboxContestant) => number
  readonly trialMin: number
}

/** How fast a contestant was with its best variant, medians over the rounds. */
export interface DrainRow {
  readonly contestant: string
  readonly variant: string
  readonly eventsPerSecond: number
  readonly cpuPer1000: DrainFigures['cpuPer1000']
  readonly failures: readonly string[]
}

export interface MeasuredRounds {
  readonly contestant: OutboxContestant
  readonly variant: OutboxVariant
  readonly row: DrainRow
}

/** Rounds are interleaved, so that a slow minute of the machine does not hit one system alone. */
export async function measureRounds(
  chosen: readonly OutboxContestant[],
  stage: Rounds,
): Promise<readonly MeasuredRounds[]> {
  const { folder, rounds, say, unit, count } = stage
  const variants = new Map<OutboxContestant, OutboxVariant>()
  const drains = new Map<OutboxContestant, DrainFigures[]>()
  for (let round = 1; round <= rounds; round++) {
    for (const contestant of chosen) {
      say(`${contestant.name} (round ${round} of ${rounds})`)
      const variant = variants.get(contestant) ?? (await bestVariant(contestant, stage))
      variants.set(contestant, variant)
      const drain = await withOutbox(contestant, variant, folder, measureDrain(count(contestant)))
      say(`  ${drain.eventsPerSecond.toFixed(0)} ${unit}/s`)
      drains.set(contestant, [...(drains.get(contestant) ?? []), drain])
    }
  }
  return [...variants].map(([contestant, variant]) => ({
    contestant,
    variant,
    row: rowOf(contestant, variant, drains.get(contestant) ?? []),
  }))
}

function rowOf(
  contestant: OutboxContestant,
  variant: OutboxVariant,
  drains: readonly DrainFigures[],
): DrainRow {
  const of = (figure: (drain: DrainFigures) => number): number => median(drains.map(figure))
  return {
    contestant: contestant.name,
    variant: variant.title,
    eventsPerSecond: of((drain) => drain.eventsPerSecond),
    cpuPer1000: {
      system: of((drain) => drain.cpuPer1000.system),
      postgres: of((drain) => drain.cpuPer1000.postgres),
      nats: of((drain) => drain.cpuPer1000.nats),
    },
    failures: drains.flatMap(({ failures }) => failures),
  }
}

/** The variant with the highest rate in a short trial of each. */
async function bestVariant(
  contestant: OutboxContestant,
  { folder, say, unit, count, trialMin }: Rounds,
): Promise<OutboxVariant> {
  const [first, ...others] = contestant.variants
  if (others.length === 0) return first
  let best = { variant: first, eventsPerSecond: 0 }
  for (const variant of contestant.variants) {
    const trial = measureDrain(Math.max(trialMin, Math.round(count(contestant) / 4)))
    const { eventsPerSecond, failures } = await withOutbox(contestant, variant, folder, trial)
    const failed = failures.length > 0
    say(`  trial  ${variant.title}: ${eventsPerSecond.toFixed(0)} ${unit}/s${failed ? ' FAILED' : ''}`)
    if (!failed && eventsPerSecond > best.eventsPerSecond) best = { variant, eventsPerSecond }
  }
  return best.variant
}
