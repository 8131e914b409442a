import { setTimeout as sleep } from 'node:timers/promises'
import { AckPolicy, DeliverPolicy, nanos } from 'nats'
import type { ConsumerConfig, ConsumerInfo, JetStreamManager } from 'nats'
import { apiError, apiErrorCode } from '../bus-failures.ts'
import { DurableBeingRemoved, addDurable, durableInfo, updateDurable } from './durable-answers.ts'
import type { DurableSpec } from './pull-consumer.ts'

/** What the one who is about to use a durable knows about it. */
export interface DurableUse {
  /** Is this its first look at the durable? Then what is under way belongs to an owner before. */
  readonly isFirst: boolean
  /** Is it asking for messages? Then what is under way is on its way to it. */
  readonly isActive: boolean
  /** Messages in its hands. */
  readonly heldCount: number
  /** When it was made, as far as known; null at the first look. */
  readonly knownCreated: string | null
  /** The durable was gone. */
  readonly onMissing: () => void
}

/** Attempts and backoff live in Postgres: the bus delivers until it is acknowledged. One filter: servers before 2.10 know no more. */
function durableConfig(spec: DurableSpec, ackWaitMs: number): Partial<ConsumerConfig> {
  return {
    durable_name: spec.durable,
    filter_subject: spec.filterSubject,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    ack_wait: nanos(ackWaitMs),
    max_deliver: -1,
    max_ack_pending: spec.prefetchMax,
  }
}

/** Keeps the durables of one server as their specifications say. */
export class Durables {
  readonly #jsm: JetStreamManager
  readonly #ackWaitMs: number

  constructor(jsm: JetStreamManager, ackWaitMs: number) {
    this.#jsm = jsm
    this.#ackWaitMs = ackWaitMs
  }

  /**
   * Makes it when it is missing, corrects it when it differs, takes it over when a dead owner holds messages of it. When
   * somebody removes it meanwhile, they are about to make it again: looks once more.
   */
  async ensure(spec: DurableSpec, use: DurableUse): Promise<ConsumerInfo> {
    return await persistently(async () => await this.#ensureOnce(spec, use), isNotFound)
  }

  async #ensureOnce(spec: DurableSpec, use: DurableUse): Promise<ConsumerInfo> {
    const wanted = durableConfig(spec, this.#ackWaitMs)
    const present = await this.#find(spec)
    if (present === null) {
      use.onMissing()
      return await this.#make(spec, wanted)
    }
    if (isHeldByAnother(spec, present, use)) return await this.#takeOver(spec, present)
    const { config } = present
    if (config.max_ack_pending === wanted.max_ack_pending && config.ack_wait === wanted.ack_wait)
      return present
    const { max_ack_pending, ack_wait } = wanted
    // Where it began stays as it is: servers refuse to change that, and it has no meaning any more.
    return await updateDurable(this.#jsm, spec.stream, {
      ...config,
      ...(max_ack_pending === undefined ? {} : { max_ack_pending }),
      ...(ack_wait === undefined ? {} : { ack_wait }),
    })
  }

  /** Makes it again from the beginning: for one that is ahead of its stream. */
  async remake(spec: DurableSpec): Promise<ConsumerInfo> {
    await this.#remove(spec)
    return await this.#make(spec, durableConfig(spec, this.#ackWaitMs))
  }

  /**
   * JetStream gives what was delivered to an owner that hangs to nobody else before its wait is over, and answers the
   * owner's open requests with what is new. A durable of the same name that begins behind the last acknowledgement has neither.
   */
  async #takeOver(spec: DurableSpec, present: ConsumerInfo): Promise<ConsumerInfo> {
    await this.#remove(spec)
    return await this.#make(spec, {
      ...durableConfig(spec, this.#ackWaitMs),
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: present.ack_floor.stream_seq + 1,
    })
  }

  async #find(spec: DurableSpec): Promise<ConsumerInfo | null> {
    try {
      return await durableInfo(this.#jsm, spec.stream, spec.durable)
    } catch (error) {
      if (isNotFound(error) && !(error instanceof DurableBeingRemoved)) return null
      throw error
    }
  }

  async #remove(spec: DurableSpec): Promise<void> {
    await persistently(async () => {
      try {
        await this.#jsm.consumers.delete(spec.stream, spec.durable)
      } catch (error) {
        if (!isNotFound(error)) throw error
      }
    })
  }

  /** Somebody else may make it at the same moment, beginning elsewhere: theirs is as good. */
  async #make(spec: DurableSpec, config: Partial<ConsumerConfig>): Promise<ConsumerInfo> {
    return await persistently(async () => {
      try {
        return await addDurable(this.#jsm, spec.stream, config)
      } catch (error) {
        if (!isAnswer(error)) throw error
        const present = await this.#find(spec)
        if (present === null) throw error
        return present
      }
    })
  }
}

const triesMax = 6
const pauseMs = 50

/**
 * A server that removes a durable's files while somebody makes it again answers both with what its file system says
 * ("directory not empty"). A moment later it takes either.
 */
async function persistently<T>(work: () => Promise<T>, isPassing = isAnswer): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work()
    } catch (error) {
      if (tries === triesMax || !isPassing(error)) throw error
      await sleep(pauseMs * tries)
    }
  }
}

function isAnswer(error: unknown): boolean {
  return apiErrorCode(error) !== null
}

function isNotFound(error: unknown): boolean {
  const code = apiErrorCode(error)
  return code === apiError.consumerNotFound || code === apiError.consumerDoesNotExist
}

/**
 * Does somebody who is gone hold messages of it, or stand in line for them? Naturally so at the first look; later when our
 * connection was lost and messages with it. A durable that another one made in the meantime is theirs: it is followed.
 */
function isHeldByAnother(spec: DurableSpec, present: ConsumerInfo, use: DurableUse): boolean {
  if (spec.owner === 'many' || use.isActive) return false
  if (!use.isFirst && use.knownCreated !== String(present.created)) return false
  return present.num_ack_pending > use.heldCount || present.num_waiting > 0
}
