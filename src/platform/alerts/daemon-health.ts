import type { JsonObject } from '../../kernel/json.ts'
import type { RefusedShard } from '../../messaging/relay/held-shards.ts'

/** What a daemon measured of its machine and of the bus; written beside its heartbeat. */
export interface DaemonHealth {
  /** This machine's clock minus the database's, halfway through a round trip. */
  readonly skewMs: number
  /** The file system of the data directory; null when it cannot be asked. */
  readonly disk: { readonly freeBytes: number; readonly sizeBytes: number } | null
  /** Events that this process published again because the bus had lost them, and when it last did. RFC 3339. */
  readonly repaired: { readonly events: number; readonly lastAt: string | null }
  /** Its shards that stand still because the bus refuses their next event. */
  readonly refused: readonly RefusedShard[]
}

/** A daemon that is alive, and what it last told of itself. */
export interface ObservedDaemon {
  readonly id: string
  readonly host: string
  readonly version: string
  readonly uptimeMs: number
  /** Loop -> since its last successful round; null before the first. Empty: an older program that does not tell. */
  readonly loopAgesMs: Readonly<Record<string, number | null>>
  /** null: it has told nothing yet. */
  readonly health: DaemonHealth | null
}

/** The health of a row, null for anything else than what a daemon of this version writes. */
export function daemonHealthOf(stored: JsonObject): DaemonHealth | null {
  const { skewMs, repaired } = stored
  const complete = typeof skewMs === 'number' && typeof repaired === 'object' && repaired !== null
  if (!complete) return null
  const health = stored as unknown as Omit<DaemonHealth, 'refused'> & Partial<DaemonHealth>
  // Daemons of the version before tell nothing of refused events.
  return { ...health, refused: health.refused ?? [] }
}

/** Where daemons leave their health. */
export interface DaemonHealthStore {
  /** The database's clock now, for the skew. RFC 3339. */
  databaseNow(): Promise<string>
  /** Writes what a daemon measured. Nothing happens when its row is gone: its next heartbeat makes a new one. */
  report(daemonId: string, health: DaemonHealth): Promise<void>
}
