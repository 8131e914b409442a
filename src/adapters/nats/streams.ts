import { setTimeout as sleep } from 'node:timers/promises'
import { DiscardPolicy, RetentionPolicy, StorageType, nanos } from 'nats'
import type { JetStreamManager, NatsError, StreamConfig, StreamInfo } from 'nats'
import { NxError } from '../../kernel/errors.ts'

export interface StreamOptions {
  /** Copies in a NATS cluster: 1 for a single server, 3 for a cluster. Limit 5. */
  readonly replicas?: number
  /** What the streams may take on disk, bytes. Defaults 1 GiB and 256 MiB. */
  readonly eventsBytesMax?: number
  readonly ingestBytesMax?: number
  /** How long events stay on the bus; the log keeps them anyway. Default 72 h. */
  readonly eventsAgeMsMax?: number
}

export const eventsStream = 'NX_EVENTS'
export const ingestStream = 'NX_INGEST'

export type StreamTable = readonly (Partial<StreamConfig> & { readonly name: string })[]

const dedupeWindowMs = 120_000
/** What a server gets to finish the removal of a stream. */
const removalMs = 500

/**
 * The streams, as they must be. NX_EVENTS is transport: the oldest makes room, the log has it all. NX_INGEST holds what
 * nobody else has yet: a message stays until it is acknowledged, and when the stream is full its publisher is told.
 */
export function streamTable(options: StreamOptions = {}): StreamTable {
  const { replicas = 1, eventsBytesMax = 1024 ** 3, ingestBytesMax = 256 * 1024 ** 2 } = options
  const common = {
    storage: StorageType.File,
    num_replicas: replicas,
    duplicate_window: nanos(dedupeWindowMs),
  }
  return [
    {
      ...common,
      name: eventsStream,
      subjects: ['nx.events.>'],
      retention: RetentionPolicy.Limits,
      discard: DiscardPolicy.Old,
      max_bytes: eventsBytesMax,
      max_age: nanos(options.eventsAgeMsMax ?? 72 * 3_600_000),
    },
    {
      ...common,
      name: ingestStream,
      subjects: ['nx.ingest.>'],
      retention: RetentionPolicy.Workqueue,
      discard: DiscardPolicy.New,
      max_bytes: ingestBytesMax,
      max_age: 0,
    },
  ]
}

/** JetStream's own numbers for what went wrong. */
export const apiError = { consumerNotFound: 10014, streamNotFound: 10059 } as const

/** The number of a JetStream error; null for anything else (time-outs, a closed connection). */
export function apiErrorCode(error: unknown): number | null {
  return (error as NatsError | null)?.api_error?.err_code ?? null
}

/**
 * Makes the streams that are missing (`onMade` is told) and corrects those that differ. Returns what each looks like now, by
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
