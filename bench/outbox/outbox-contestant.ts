import type { ServicePids } from '../pipeline/harness/surroundings.ts'
import type { Surroundings } from '../pipeline/contestants/contestant.ts'

export type { ServicePids, Surroundings }

/** What is in the database when everything is worked off: one of each for every event. */
export interface WorkDone {
  readonly events: number
  readonly states: number
  readonly commands: number
}

/** A system in one process, with services that nobody else uses. */
export interface RunningOutbox extends AsyncDisposable {
  readonly pid: number
  /** Puts events of distinct leads where the system picks them up, while it is not running. Durable when it resolves. */
  preload(phase: string, from: number, count: number): Promise<void>
  /** Starts working; resolves when all `total` events that were ever put in are committed. Returns the milliseconds it took. */
  drain(total: number): Promise<number>
  /** While it works: puts events in at a steady rate and reports, for each, the milliseconds until it was committed. */
  steady(options: SteadyLoad): Promise<readonly LatencySample[]>
  count(): Promise<WorkDone>
}

export interface SteadyLoad {
  readonly phase: string
  readonly perSecond: number
  readonly seconds: number
}

/** When an event was put in (seconds since the load began) and how long it took until its work was committed. */
export interface LatencySample {
  readonly atSeconds: number
  readonly ms: number
}

export interface OutboxVariant {
  readonly title: string
  start(surroundings: Surroundings): Promise<RunningOutbox>
}

export interface OutboxContestant {
  readonly name: string
  readonly usesNats: boolean
  readonly variants: readonly [OutboxVariant, ...OutboxVariant[]]
}
