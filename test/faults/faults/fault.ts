import type { SeededRandom } from '../../support/seeded-random.ts'
import type { FaultSystem } from '../system/fault-system.ts'

/** What part of the world misbehaves: tells the layer counters that may not move without it. */
export type FaultFamily = 'daemon' | 'bus' | 'database' | 'network' | 'vendor' | 'source' | 'clock' | 'disk'

/** What a fault measured: seconds by name, and whatever is worth a line. */
export interface FaultNote {
  /** From the loss of a daemon until the other owned all of its shards. */
  readonly takeoverMs?: number
  readonly note?: string
}

/** One way in which the world misbehaves. `run` does it and puts it right again before it resolves. */
export interface Fault {
  /** Of the list in the suite's design: F1 to F18. */
  readonly id: string
  readonly name: string
  readonly family: FaultFamily
  /** How often the random mix picks it, beside the others. 0: only by name. */
  readonly weight: number
  run(system: FaultSystem, random: SeededRandom): Promise<FaultNote>
}
