import type { ConsumerInfo, JetStreamAccountStats, JetStreamManager, NatsConnection, StreamInfo } from 'nats'
import { NxError } from '../../kernel/errors.ts'
import type { BusFacts, StreamFacts } from '../../messaging/bus/bus-facts.ts'
import { eventBytesMax } from '../../messaging/events/event.ts'
import { apiError, apiErrorCode, callFailed, notConnected } from './bus-failures.ts'
import { listDurables } from './consumers/durable-answers.ts'
import { openNatsConnection } from './nats-connection.ts'
import type { NatsConnectionOptions } from './nats-connection.ts'
import { eventsStream, shardOfDurable, streamTable } from './streams.ts'
import type { StreamOptions, StreamTable } from './streams.ts'

/**
 * The largest message an event makes, bytes: the database writes a blank after every comma and colon, which makes it half as
 * long again at most, and the envelope comes on top.
 */
export const payloadBytesNeeded = eventBytesMax + eventBytesMax / 2 + 32 * 1024

/** Servers before 2.10. */
const fixedSyncMs = 60_000

export interface InspectOptions extends NatsConnectionOptions {
  readonly streams?: StreamOptions
  /** How long a JetStream call may take. Default 5 s. */
  readonly callMs?: number
}

/** One look at a bus that is not worked on here; nothing is made or changed. Throws NX-BUS-…. */
export async function inspectNats(options: InspectOptions): Promise<BusFacts> {
  const connection = await openNatsConnection(options)
  try {
    const jsm = await connection.jetstreamManager({ checkAPI: false, timeout: options.callMs ?? 5_000 })
    return await readNatsFacts(connection, jsm, streamTable(options.streams))
  } finally {
    await connection.close()
  }
}

/** Looks at the server and at our streams and durables. Throws NX-BUS-…. */
export async function readNatsFacts(
  connection: NatsConnection,
  jsm: JetStreamManager,
  table: StreamTable,
): Promise<BusFacts> {
  const { info } = connection
  if (info === undefined || connection.isClosed()) throw notConnected(connection)
  try {
    const account = await jsm.getAccountInfo()
    // The durables first, then the streams: the other way round, a stream that grows looks shorter than what was delivered.
    const durables = await durablesOf(jsm)
    const found = await Promise.all(table.map(async ({ name }) => [name, await streamOf(jsm, name)] as const))
    const streams = found.map(([, stream]) => stream).filter((stream) => stream !== null)
    const isFixed = syncIsFixed(info.version)
    return {
      version: info.version,
      cluster: info.cluster ?? null,
      replicas: table[0]?.num_replicas ?? 1,
      syncInterval: isFixed ? 'known' : 'unknown',
      syncIntervalMs: isFixed ? fixedSyncMs : null,
      maxPayloadBytes: info.max_payload,
      payloadBytesNeeded,
      storage: storageOf(account),
      streams: streams.map(factsOf),
      streamsMissing: found.filter(([, stream]) => stream === null).map(([name]) => name),
      consumersAhead: aheadOf(durables, streams),
      warnings: storageWarnings(account, table),
    }
  } catch (error) {
    throw callFailed(error)
  }
}

/** Throws NX-BUS-MAX-PAYLOAD (configuration) when the server would refuse the largest events. */
export function requireRoomForEvents(connection: NatsConnection): void {
  const taken = connection.info?.max_payload ?? Number.POSITIVE_INFINITY
  if (taken >= payloadBytesNeeded) return
  throw new NxError('configuration', 'NX-BUS-MAX-PAYLOAD', 'NATS takes only messages that are too small', {
    detail: `The server takes ${taken} bytes; an event of the largest size needs ${payloadBytesNeeded}.`,
    fix: 'Set max_payload: 1MB in the configuration of nats-server and reload it.',
  })
}

/** Throws NX-BUS-STREAM (configuration): a server that stands alone may take the wish for copies, and make none. */
export function requireServersForCopies(connection: NatsConnection, table: StreamTable): void {
  const replicas = Math.max(...table.map(({ num_replicas = 1 }) => num_replicas))
  if (replicas === 1 || connection.info?.cluster !== undefined) return
  throw new NxError('configuration', 'NX-BUS-STREAM', 'A server that stands alone keeps no copies', {
    detail: `The settings ask for ${replicas} replicas, and the server is in no cluster.`,
    where: { path: 'bus.streams.replicas' },
    fix: 'Set bus.streams.replicas to 1, or give the server a cluster (docs/nats.md).',
  })
}

/** What the account may store, where that is less than what the streams may take. */
export function storageWarnings(account: JetStreamAccountStats, table: StreamTable): readonly string[] {
  return (['file', 'memory'] as const).flatMap((storage) => {
    const wanted = table
      .filter((stream) => stream.storage === storage)
      .reduce((sum, { max_bytes = 0, num_replicas = 1 }) => sum + max_bytes * num_replicas, 0)
    const max = storage === 'file' ? account.limits.max_storage : account.limits.max_memory
    if (wanted === 0 || max < 0 || max >= wanted) return []
    return [
      `The account may store ${max} bytes (${storage}), and the streams may take ${wanted}: raise its limit or lower bus.streams in the settings.`,
    ]
  })
}

async function durablesOf(jsm: JetStreamManager): Promise<readonly ConsumerInfo[]> {
  try {
    return await listDurables(jsm, eventsStream)
  } catch (error) {
    if (apiErrorCode(error) === apiError.streamNotFound) return []
    throw error
  }
}

async function streamOf(jsm: JetStreamManager, name: string): Promise<StreamInfo | null> {
  try {
    return await jsm.streams.info(name)
  } catch (error) {
    if (apiErrorCode(error) === apiError.streamNotFound) return null
    throw error
  }
}

function factsOf({ config, state }: StreamInfo): StreamFacts {
  return {
    name: config.name,
    messages: state.messages,
    bytes: state.bytes,
    maxBytes: config.max_bytes > 0 ? config.max_bytes : null,
    replicas: config.num_replicas,
    storage: config.storage === 'memory' ? 'memory' : 'file',
  }
}

function aheadOf(durables: readonly ConsumerInfo[], streams: readonly StreamInfo[]): readonly number[] {
  const end = streams.find(({ config }) => config.name === eventsStream)?.state.last_seq
  if (end === undefined) return []
  return durables
    .filter(({ delivered }) => delivered.stream_seq > end)
    .map(({ name }) => shardOfDurable(name))
    .filter((shard) => shard !== null)
    .sort((a, b) => a - b)
}

function storageOf(account: JetStreamAccountStats): BusFacts['storage'] {
  const { max_storage } = account.limits
  return { usedBytes: account.storage, maxBytes: max_storage < 0 ? null : max_storage }
}

function syncIsFixed(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major < 2 || (major === 2 && minor < 10)
}
