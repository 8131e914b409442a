import { crashPointNames } from '../../../src/kernel/crash-points.ts'
import type { CrashPointName } from '../../../src/kernel/crash-points.ts'
import type { SeededRandom } from '../../support/seeded-random.ts'

/** Which part of the world a fault is about; what must not happen without it is checked (I7). */
export type FaultGroup = 'daemon' | 'bus' | 'database' | 'vendor' | 'producer'

/** One thing that goes wrong. Times in milliseconds since the beginning. */
export type Fault =
  | { readonly kind: 'crash_at'; readonly point: CrashPointName; readonly nth: number }
  | {
      readonly kind: 'kill' | 'pause' | 'told_to_end'
      readonly atMs: number
      readonly daemon: number
      readonly forMs: number
    }
  | {
      readonly kind:
        | 'bus_down'
        | 'bus_hang'
        | 'bus_lossy'
        | 'database_down'
        | 'database_lossy'
        | 'transaction_held'
        | 'vendor_trouble'
      readonly atMs: number
      readonly forMs: number
      readonly share: number
    }
  | { readonly kind: 'bus_wiped' | 'bus_replayed' | 'backends_terminated'; readonly atMs: number }
  | {
      readonly kind: 'bus_tail_lost'
      readonly atMs: number
      readonly messages: number
      readonly healMs: number
    }
  | { readonly kind: 'producers_repeat'; readonly share: number }

export const groupOf: Readonly<Record<Fault['kind'], FaultGroup>> = {
  crash_at: 'daemon',
  kill: 'daemon',
  pause: 'daemon',
  told_to_end: 'daemon',
  bus_down: 'bus',
  bus_hang: 'bus',
  bus_lossy: 'bus',
  bus_wiped: 'bus',
  bus_replayed: 'bus',
  bus_tail_lost: 'bus',
  database_down: 'database',
  database_lossy: 'database',
  backends_terminated: 'database',
  transaction_held: 'database',
  vendor_trouble: 'vendor',
  producers_repeat: 'producer',
}

/** Points whose loops are not part of the simulation: they need the real database. */
const outside = new Set<CrashPointName>([
  'job.mid_item',
  'schedule.mid_turn',
  'reconcile.before_cursor',
  'retention.between_detach_and_drop',
  'migrate.mid_migration',
  'rollout.before_judge',
  'rollout.before_commit',
  'rollout.after_commit',
  'rollout.after_nudge',
])

export const simulatedPoints = crashPointNames.filter((point) => !outside.has(point))

export interface Schedule {
  readonly daemons: number
  readonly entities: number
  readonly requests: number
  /** Until then things go wrong; afterwards all is healed. */
  readonly faultsEndMs: number
  /** How far the wall clock of the n-th daemon is off. One that is ahead makes its commands wait for as long, so it is not far. */
  readonly skewsMs: readonly number[]
  readonly faults: readonly Fault[]
}

/** What a seed stands for. With a crash point, some daemon dies there, whatever else happens. */
export function scheduleOf(random: SeededRandom, point: CrashPointName | null): Schedule {
  const faultsEndMs = random.whole(12_000, 30_000)
  const daemons = random.whole(1, 3)
  const kinds = Object.keys(groupOf) as Fault['kind'][]
  const faults: Fault[] = []
  // Points at which it dies are only passed when things go wrong: dead letters need a vendor in trouble.
  if (point !== null) {
    for (let crashes = random.whole(1, 3); crashes > 0; crashes -= 1)
      faults.push({ kind: 'crash_at', point, nth: random.whole(1, 4) })
    if (point === 'dispatch.mid_dead_letter')
      faults.push({ kind: 'vendor_trouble', atMs: 0, forMs: faultsEndMs, share: 0.7 })
  }
  const most = random.pick(point === null ? [0, 2, 4, 6] : [0, 1, 2])
  for (let count = 0; count < most; count += 1)
    faults.push(faultOf(random.pick(kinds), random, { daemons, faultsEndMs }))
  return {
    daemons,
    entities: random.whole(1, 5),
    requests: random.whole(6, 30),
    faultsEndMs,
    skewsMs: Array.from({ length: daemons }, () =>
      random.chance(0.2) ? random.whole(-3_600_000, 60_000) : 0,
    ),
    faults,
  }
}

function faultOf(
  kind: Fault['kind'],
  random: SeededRandom,
  { daemons, faultsEndMs }: { daemons: number; faultsEndMs: number },
): Fault {
  const atMs = random.whole(0, faultsEndMs)
  switch (kind) {
    case 'crash_at':
      return { kind, point: random.pick(simulatedPoints), nth: random.whole(1, 12) }
    case 'kill':
    case 'told_to_end':
      return { kind, atMs, daemon: random.whole(0, daemons - 1), forMs: random.whole(100, 12_000) }
    case 'pause':
      return { kind, atMs, daemon: random.whole(0, daemons - 1), forMs: random.whole(1_000, 35_000) }
    case 'bus_wiped':
    case 'bus_replayed':
    case 'backends_terminated':
      return { kind, atMs }
    case 'bus_tail_lost':
      return { kind, atMs, messages: random.whole(1, 12), healMs: random.whole(1_000, 30_000) }
    case 'producers_repeat':
      return { kind, share: random.between(0.1, 0.6) }
    default:
      return { kind, atMs, forMs: random.whole(200, 8_000), share: random.between(0.02, 0.5) }
  }
}
