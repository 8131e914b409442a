import type { Actor } from '../../platform/access/actor.ts'
import type { ConfigSource, SourceOutcome, SourceStatus } from './source.ts'

/** A source that this daemon alone follows for as long as its lease holds. */
export interface ClaimedSource {
  readonly status: SourceStatus
  readonly owner: string
  /** The fencing token: what is recorded under an older one changes nothing. */
  readonly epoch: string
  /** Somebody asked for this look: what is broken is tried again at once. */
  readonly forced: boolean
  /** The database's clock, RFC 3339. */
  readonly at: string
}

/** Sources and how they stand. Leases go by the database's clock. */
export interface SourceStore {
  /**
   * Says what the settings hold. A source whose settings differ from what is stored takes them over: from then on only daemons with the
   * same settings follow it.
   */
  announce(sources: readonly ConfigSource[]): Promise<void>

  /**
   * One of these sources that is due, has the same settings, and is followed by nobody else; null: there is none. The lease holds for
   * `leaseMs` and goes on after the look, so that the same daemon stays with its source.
   */
  claim(sources: readonly ConfigSource[], owner: string, leaseMs: number): Promise<ClaimedSource | null>

  /** False: somebody else has it. */
  renew(claimed: ClaimedSource, leaseMs: number): Promise<boolean>

  /** Ends a look; the next is due after `dueInMs`, at once when somebody asked meanwhile. False: somebody else has the source, nothing was changed. */
  record(claimed: ClaimedSource, outcome: SourceOutcome, dueInMs: number, leaseMs: number): Promise<boolean>

  /** Gives up all that this daemon follows: others go on at once. */
  release(owner: string): Promise<void>

  /** In order of their names. */
  list(): Promise<readonly SourceStatus[]>

  /** Makes a look due now, with an audit row. Throws NX-SOURCE-NOT-FOUND. */
  requestSync(name: string, actor: Actor, reason: string | null): Promise<SourceStatus>
}
