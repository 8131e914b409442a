import type { NatsServer } from '../../../src/adapters/embedded/nats-server.ts'
import type { PostgresServer } from '../../../src/adapters/embedded/postgres-server.ts'
import type { Target } from '../harness/load-generator.ts'

/** What a contestant is given: a Postgres and a nats-server that nobody else uses, and where its commands go. */
export interface Surroundings {
  /** Private to the run, removed afterwards. */
  readonly folder: string
  readonly postgres: PostgresServer
  readonly nats: NatsServer | null
  /** `http://127.0.0.1:port`: takes `POST /hit`. */
  readonly sinkOrigin: string
}

/** A system that takes events by HTTP and calls the sink for each. */
export interface RunningContestant extends AsyncDisposable {
  readonly target: Target
  /** The process whose CPU time and memory are the system's own. */
  readonly pid: number
}

/** A way to run a system; a system with several is tried with each, and measured with its best. */
export interface Variant {
  readonly title: string
  start(surroundings: Surroundings): Promise<RunningContestant>
}

export interface Contestant {
  readonly name: string
  readonly usesNats: boolean
  readonly variants: readonly [Variant, ...Variant[]]
}
