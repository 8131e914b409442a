import type { StoredMsg } from 'nats'
import { eventsStream } from '../../../src/adapters/nats/streams.ts'
import type { SeededRandom } from '../../support/seeded-random.ts'
import type { FaultSystem } from '../system/fault-system.ts'

const replayedMax = 2_000

/**
 * Publishes what the stream holds (its last 2,000 messages) once more under ids that nobody knows, so many times: a replay of
 * everything. Returns how many were sent, and how many the server could not give back.
 */
export async function replayStream(
  system: FaultSystem,
  times: number,
  random: SeededRandom,
): Promise<{ readonly sent: number; readonly unreadable: number }> {
  const connection = await system.nats.connect()
  try {
    const manager = await connection.jetstreamManager()
    const { state } = await manager.streams.info(eventsStream)
    const messages: StoredMsg[] = []
    let unreadable = 0
    for (
      let seq = Math.max(state.first_seq, state.last_seq - replayedMax + 1);
      seq <= state.last_seq;
      seq += 1
    ) {
      const message = await manager.streams.getMessage(eventsStream, { seq }).catch(() => null)
      if (message === null) unreadable += 1
      else messages.push(message)
    }
    const jetstream = connection.jetstream()
    for (let time = 0; time < times; time += 1)
      for (const { subject, data, header } of messages)
        await jetstream.publish(subject, data, { headers: header, msgID: `replay-${random.next()}` })
    return { sent: messages.length * times, unreadable }
  } finally {
    await connection.close()
  }
}
