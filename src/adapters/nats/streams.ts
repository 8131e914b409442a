import { DiscardPolicy, RetentionPolicy, StorageType, nanos } from 'nats'
import type { StreamConfig } from 'nats'
import { shardCount } from '../../messaging/events/entity-key.ts'
import type { DurableSpec } from './consumers/pull-consumer.ts'

export interface StreamOptions {
  /** Copies in a NATS cluster: 1 (default) for a single server, 3 for a cluster of three or more, 5 at most. */
  readonly replicas?: 1 | 3 | 5
  /** Default `file`. With `memory` a restart of a single server loses what is on the bus; the log publishes it again. */
  readonly storage?: 'file' | 'memory'
  /** What the streams may take on disk, bytes. Defaults 1 GiB and 256 MiB. */
  readonly eventsBytesMax?: number
  readonly ingestBytesMax?: number
  /** How long events stay on the bus; the log keeps them anyway. Default 72 h. */
  readonly eventsAgeMsMax?: number
  /** How long a message id is remembered, so that the same message sent again is swallowed. Default 120 s. */
  readonly duplicateWindowMs?: number
}

export const eventsStream = 'NX_EVENTS'
export const ingestStream = 'NX_INGEST'

export type StreamTable = readonly (Partial<StreamConfig> & { readonly name: string })[]

/**
 * The streams, as they must be. NX_EVENTS is transport: the oldest makes room, the log has it all. NX_INGEST holds what
 * nobody else has yet: a message stays until it is acknowledged, and when the stream is full its publisher is told.
 */
export function streamTable(options: StreamOptions = {}): StreamTable {
  const { replicas = 1, eventsBytesMax = 1024 ** 3, ingestBytesMax = 256 * 1024 ** 2 } = options
  const common = {
    storage: options.storage === 'memory' ? StorageType.Memory : StorageType.File,
    num_replicas: replicas,
    duplicate_window: nanos(options.duplicateWindowMs ?? 120_000),
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

/** Parts of the budget in bytes: one for each shard, and some for what other systems publish. */
const ingestParts = 4
export const budgetParts = shardCount + ingestParts

/** The durable of a shard: its owner's alone. */
export function shardDurable(shard: number, prefetchMax: number): DurableSpec {
  return {
    stream: eventsStream,
    durable: `nx-shard-${shard}`,
    filterSubject: shardSubjects(shard),
    prefetchMax,
    budgetParts: 1,
    owner: 'one',
  }
}

/** The shard whose durable has this name; null for another one. */
export function shardOfDurable(name: string): number | null {
  const shard = /^nx-shard-(\d{1,5})$/.exec(name)?.[1]
  return shard === undefined ? null : Number(shard)
}

/** The subjects of a shard's events: `nx.events.<shard>.<tenant slug>.<type>`. */
export function shardSubjects(shard: number): string {
  return `nx.events.${shard}.>`
}

/** The durable of what other systems publish: every daemon takes from it. */
export function ingestDurable(prefetchMax: number): DurableSpec {
  return {
    stream: ingestStream,
    durable: 'nx-ingest',
    filterSubject: 'nx.ingest.>',
    prefetchMax,
    budgetParts: ingestParts,
    owner: 'many',
  }
}
