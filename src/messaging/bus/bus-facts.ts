/** One stream of the bus as it is now. */
export interface StreamFacts {
  readonly name: string
  readonly messages: number
  readonly bytes: number
  /** What it may take, bytes; null: no limit. */
  readonly maxBytes: number | null
  /** Copies in the cluster. */
  readonly replicas: number
  readonly storage: 'file' | 'memory'
}

/** What may be stored for us on the server, bytes. */
export interface BusStorageFacts {
  readonly usedBytes: number
  /** Null: the account has no limit of its own. */
  readonly maxBytes: number | null
}

/** What a look at the bus tells; nothing is made or changed by it. */
export interface BusFacts {
  /** Of the server we are connected to, such as `2.9.10`. */
  readonly version: string
  /** Name of its cluster; null: it stands alone. */
  readonly cluster: string | null
  /** Copies of each stream that the settings ask for. */
  readonly replicas: number
  /** Servers before 2.10 sync their files every 60 s and nothing else; newer ones do not tell their clients. */
  readonly syncInterval: 'known' | 'unknown'
  readonly syncIntervalMs: number | null
  /** The largest message the server takes, and the largest that an event needs, bytes. */
  readonly maxPayloadBytes: number
  readonly payloadBytesNeeded: number
  readonly storage: BusStorageFacts
  /** Those of ours that exist. */
  readonly streams: readonly StreamFacts[]
  /** Those of ours that do not; a daemon makes them at its start. */
  readonly streamsMissing: readonly string[]
  /** Shards whose durable stands behind the end of its stream: it would skip everything new. A daemon heals it within 30 s. */
  readonly consumersAhead: readonly number[]
  /** What the settings ask for and the server does not fulfil, as sentences. */
  readonly warnings: readonly string[]
}

/** The port for who looks at the bus: `doctor` and alerts. */
export interface BusFactsReader {
  /** Throws NX-BUS-…. */
  busFacts(): Promise<BusFacts>
}
