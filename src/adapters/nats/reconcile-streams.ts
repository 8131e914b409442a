import { setTimeout as sleep } from 'node:timers/promises'
import type { JetStreamManager, NatsError, StreamConfig, StreamInfo } from 'nats'
import { NxError } from '../../kernel/errors.ts'
import { apiError, apiErrorCode } from './bus-failures.ts'
import { emptyStream, losesWhatItTakes } from './heal-stream.ts'
import { eventsStream } from './streams.ts'
import type { StreamTable } from './streams.ts'

/** What a server gets to finish the removal of a stream. */
const removalMs = 500

/**
 * Makes the streams that are missing, empties those that are damaged (`onMade` is told) and corrects those that differ. Returns what each looks like now, by
 * name. Throws NX-BUS-STREAM (configuration) when one cannot become what it must be.
 */
export async function reconcileStreams(
  jsm: JetStreamManager,
  table: StreamTable,
  onMade: (name: string) => void = () => {},
): Promise<ReadonlyMap<string, StreamInfo>> {
  const found = await Promise.all(table.map((wanted) => reconcileStream(jsm, wanted, onMade)))
  return new Map(found.map((info) => [info.config.name, info]))
}

async function reconcileStream(
  jsm: JetStreamManager,
  wanted: StreamTable[number],
  onMade: (name: string) => void,
): Promise<StreamInfo> {
  const present = await jsm.streams.info(wanted.name).catch((error: unknown) => {
    if (apiErrorCode(error) === apiError.streamNotFound) return null
    throw error
  })
  try {
    if (present === null) {
      // A server that is still removing the files of the stream before would remove those of the new one with them.
      await sleep(removalMs)
      const made = await jsm.streams.add(wanted)
      onMade(wanted.name)
      return made
    }
    const mayHoldMore = wanted.name !== eventsStream
    if ((await losesWhatItTakes(jsm, present)) && (await emptyStream(jsm, wanted.name, { mayHoldMore })))
      onMade(`${wanted.name}, whose newest message could not be read`)
    if (differing(present.config, wanted).length === 0) return present
    return await jsm.streams.update(wanted.name, wanted)
  } catch (error) {
    if (apiErrorCode(error) === null) throw error
    throw notAsWanted(wanted, present, error as NatsError)
  }
}

function differing(present: StreamConfig, wanted: StreamTable[number]): string[] {
  const now = present as unknown as Record<string, unknown>
  return Object.entries(wanted)
    .filter(([field, value]) => JSON.stringify(now[field]) !== JSON.stringify(value))
    .map(([field]) => field)
}

function notAsWanted(wanted: StreamTable[number], present: StreamInfo | null, cause: NatsError): NxError {
  const fields = present === null ? '' : ` It differs in ${differing(present.config, wanted).join(', ')}.`
  return new NxError(
    'configuration',
    'NX-BUS-STREAM',
    `The stream ${wanted.name} cannot be made as it must be`,
    {
      detail: `${cause.api_error?.description ?? cause.message}.${fields}`,
      fix:
        present === null
          ? 'Give JetStream enough storage and as many servers as there are replicas, or lower the limits in the configuration.'
          : `When nothing in it is needed, remove it (nats stream rm ${wanted.name}); it is made again at the next start.`,
      cause,
    },
  )
}
