import { NatsError } from 'nats'
import type { JetStreamManager, StoredMsg } from 'nats'
import type { ShardProgress } from '../../../messaging/bus/event-bus.ts'
import type { LogPosition } from '../../../messaging/relay/event-log.ts'
import { callFailed } from '../bus-failures.ts'
import { orderedPositionOf } from '../events/message-headers.ts'
import { eventsStream, shardDurable, shardSubjects } from '../streams.ts'
import { durableInfo } from './durable-answers.ts'

interface Known {
  readonly incarnation: string
  readonly sequence: number
  readonly position: LogPosition | null
}

/** Reads how far the deliveries of a shard have come, and remembers the last answer of each. */
export class ShardProgressReader {
  readonly #jsm: JetStreamManager
  readonly #known = new Map<number, Known>()

  constructor(jsm: JetStreamManager) {
    this.#jsm = jsm
  }

  /**
   * See EventBus.progress. `newestUpTo` names the newest message of the shard up to a stream sequence, as far as it was
   * delivered here; null otherwise. Throws NX-BUS-….
   */
  async read(shard: number, newestUpTo: (floor: number) => number | null): Promise<ShardProgress | null> {
    try {
      return await this.#read(shard, newestUpTo)
    } catch (error) {
      // No stream or no durable: both are made again, and only then it is known what comes.
      if (isMissing(error)) return null
      throw callFailed(error)
    }
  }

  async #read(shard: number, newestUpTo: (floor: number) => number | null): Promise<ShardProgress> {
    // The durable first, then the stream: the other way round, a stream that grows looks shorter than what was delivered.
    const durable = await durableInfo(this.#jsm, eventsStream, shardDurable(shard, 1).durable)
    const stream = await this.#jsm.streams.info(eventsStream)
    const backlog = durable.num_pending + durable.num_ack_pending
    const floor = durable.ack_floor.stream_seq
    // A durable ahead of its stream tells where another stream stood.
    if (durable.delivered.stream_seq > stream.state.last_seq || floor < stream.state.first_seq)
      return { backlog, settledTo: null }
    const incarnation = String(stream.created)
    const sequence = newestUpTo(floor) ?? floor
    const known = this.#known.get(shard)
    if (known?.incarnation === incarnation && known.sequence === sequence)
      return { backlog, settledTo: known.position }
    // Nothing was ever acknowledged, and perhaps nothing was ever stored: there is no message to ask for.
    if (sequence === 0) return { backlog, settledTo: null }
    const position = await this.#positionAt(shard, sequence, floor)
    this.#known.set(shard, { incarnation, sequence, position })
    return { backlog, settledTo: position }
  }

  /** The message there may be another shard's: the floor moves over those. Then the shard's last one serves, when it is settled. */
  async #positionAt(shard: number, sequence: number, floor: number): Promise<LogPosition | null> {
    const subjects = shardSubjects(shard)
    const there = await this.#message({ seq: sequence })
    if (there?.subject.startsWith(subjects.slice(0, -1)) === true) return orderedPositionOf(there.header)
    const last = await this.#message({ last_by_subj: subjects })
    return last !== null && last.seq <= floor ? orderedPositionOf(last.header) : null
  }

  async #message(query: { seq: number } | { last_by_subj: string }): Promise<StoredMsg | null> {
    try {
      return await this.#jsm.streams.getMessage(eventsStream, query)
    } catch (error) {
      if (isMissing(error)) return null
      throw error
    }
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof NatsError && error.api_error?.code === 404
}
