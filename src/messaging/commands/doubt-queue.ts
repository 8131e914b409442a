import type { LeasedCommand } from './command.ts'
import type { Verification } from './command-executor.ts'

/** A command in doubt that this daemon may look up now. */
export interface DoubtfulCommand {
  readonly leased: LeasedCommand
  /** Looks so far, this one included. */
  readonly looks: number
  /** Since the call was made, on the database clock. */
  readonly sentAgoMs: number
}

/** What becomes of a doubt after a look: an answer, another look, or a person. */
export type DoubtVerdict =
  | Extract<Verification, { state: 'happened' | 'did_not_happen' }>
  | { readonly state: 'look_again'; readonly inMs: number }
  | { readonly state: 'left_to_a_person' }

/**
 * Commands in doubt, for looking them up. A look is taken by moving the next one on: a daemon that dies during its look
 * loses that look and nothing else. Every write is guarded by the lease number and the count of looks.
 */
export interface DoubtQueue {
  /** Takes doubts whose look is due; another daemon may take them `leaseMs` later. Closed gates are passed over. */
  takeDoubts(options: { readonly max: number; readonly leaseMs: number }): Promise<readonly DoubtfulCommand[]>

  /**
   * happened: ends as succeeded, its lane goes on, letters are resolved. did_not_happen: ready again, letters resolved. Both
   * write an audit row. Returns false when somebody else has decided meanwhile; nothing is written then.
   */
  settleDoubt(doubt: DoubtfulCommand, verdict: DoubtVerdict): Promise<boolean>
}
