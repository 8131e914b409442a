import { NatsError } from 'nats'
import type { ConsumerConfig, ConsumerInfo, JetStreamManager } from 'nats'
import { apiError } from '../bus-failures.ts'

/**
 * What JetStream says of durables. A server (2.9, measured) that is removing one while it is asked for it answers without an
 * error and without anything else, and lists it as null. Here that is what later servers say: "consumer not found".
 */

/** Throws what JetStream answers; 10014 when there is none, or when it is being removed. */
export async function durableInfo(
  jsm: JetStreamManager,
  stream: string,
  name: string,
): Promise<ConsumerInfo> {
  return whole(await jsm.consumers.info(stream, name))
}

/** Throws what JetStream answers; 10014 when somebody removed it before the answer was made. */
export async function addDurable(
  jsm: JetStreamManager,
  stream: string,
  config: Partial<ConsumerConfig>,
): Promise<ConsumerInfo> {
  return whole(await jsm.consumers.add(stream, config))
}

/** What nats.js takes and its interface does not say. */
interface Updating {
  add(stream: string, config: ConsumerConfig, action: 'update'): Promise<ConsumerInfo>
}

/**
 * Makes this the whole configuration of a durable. Throws as `addDurable` does, and 10149 when there is none; servers before 2.10
 * make it then.
 */
export async function updateDurable(
  jsm: JetStreamManager,
  stream: string,
  config: ConsumerConfig,
): Promise<ConsumerInfo> {
  const consumers: Updating = jsm.consumers
  return whole(await consumers.add(stream, config, 'update'))
}

/** All of a stream but those being removed. */
export async function listDurables(jsm: JetStreamManager, stream: string): Promise<ConsumerInfo[]> {
  const durables: (ConsumerInfo | null)[] = []
  for await (const durable of jsm.consumers.list(stream)) durables.push(durable)
  return durables.filter((durable) => durable !== null)
}

/** There is one, and in a moment there is none, or another of its name. */
export class DurableBeingRemoved extends NatsError {
  constructor() {
    super('consumer not found: it is being removed', '404')
    this.api_error = { code: 404, err_code: apiError.consumerNotFound, description: this.message }
  }
}

function whole(answer: Partial<ConsumerInfo>): ConsumerInfo {
  if (answer.config === undefined) throw new DurableBeingRemoved()
  return answer as ConsumerInfo
}
