/** Why a partition that is old enough stays. */
export type RetentionHold =
  /** Some shard has not published it, or not seen all of it applied. */
  | 'cursor'
  /** A command that has not ended came from an event in it. */
  | 'command'
  /** So did a dead letter that is open. */
  | 'dead_letter'
  /** A waiting workflow was started by an event in it, or its entity was last changed by one. */
  | 'workflow'
  /** Decisions stay as long as events of their day or of an earlier one do. */
  | 'earlier_events'
  /** Folds of its entities would begin without its decisions: what these made of them is being stored first. */
  | 'base'

/** A day of the log (or of the decisions) that is older than what is kept. */
export interface ExpiredPartition {
  readonly name: string
  /** Exclusive end of its day, RFC 3339. */
  readonly until: string
  /** Null: it may go. */
  readonly heldBy: RetentionHold | null
}

/** Where the log forgets. Every call is short and may be repeated; several daemons may call at once. */
export interface LogRetention {
  /** Days that ended more than `keepMs` ago, oldest first, at most `max`, each with what holds it. */
  expired(keepMs: number, max: number): Promise<readonly ExpiredPartition[]>
  /** Breaks off a look at the days that is under way, which may take a while: it rejects, or ends with the bases it has made. */
  breakOff(): Promise<void>
  /** Takes a partition out of its table. False: somebody else did, or it was in the way of writers for too long; try again later. */
  detach(partition: string): Promise<boolean>
  /** Drops what was detached, by whomever. Returns the names. Writes an audit row. */
  dropDetached(): Promise<readonly string[]>
  /**
   * Deletes at most `batchMax` each of commands that ended (with outcome and attempts), letters that were resolved or discarded, jobs
   * that ended and notes of publishing trouble more than `keepMs` ago. Returns how many of them went.
   */
  deleteEnded(keepMs: number, batchMax: number): Promise<number>
}
