import type { JetStreamManager, StreamInfo } from 'nats'
import { apiError, apiErrorCode } from './bus-failures.ts'
import { listDurables } from './consumers/durable-answers.ts'

/**
 * Is what the stream takes now lost? Behind one damaged byte everything to the end of the block is unreadable, and new messages go to
 * the same block: the server acknowledges them, counts them, and never delivers them. Its newest message tells. It is looked for
 * twice, since it may have made room for a newer one in between.
 */
export async function losesWhatItTakes(jsm: JetStreamManager, info: StreamInfo): Promise<boolean> {
  if (await isReadable(jsm, info)) return false
  return !(await isReadable(jsm, await jsm.streams.info(info.config.name)))
}

async function isReadable(jsm: JetStreamManager, { config, state }: StreamInfo): Promise<boolean> {
  if (state.messages === 0) return true
  try {
    await jsm.streams.getMessage(config.name, { seq: state.last_seq })
    return true
  } catch (error) {
    if (apiErrorCode(error) === apiError.messageNotFound) return false
    throw error
  }
}

/**
 * Empties a damaged stream, which makes it take messages again. Where the log stands behind the stream nothing is lost; otherwise
 * (`mayHoldMore`) what can still be delivered of it is delivered first. Returns whether it was emptied.
 */
export async function emptyStream(
  jsm: JetStreamManager,
  name: string,
  { mayHoldMore }: { readonly mayHoldMore: boolean },
): Promise<boolean> {
  if (mayHoldMore) {
    const durables = await listDurables(jsm, name)
    if (durables.some(({ num_pending, num_ack_pending }) => num_pending + num_ack_pending > 0)) return false
  }
  await jsm.streams.purge(name)
  return true
}
