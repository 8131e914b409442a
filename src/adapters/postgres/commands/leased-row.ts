import type { AttemptError, LeasedCommand } from '../../../messaging/commands/command.ts'
import type { SettledAttempt } from '../../../messaging/commands/command-queue.ts'
import { commandOfRow } from './command-row.ts'
import type { CommandRow } from './command-row.ts'

/** A lane row with its command. */
export interface LeasedRow extends CommandRow {
  readonly attempt: number
  readonly run_lease: string
  readonly first_attempt_at: string | null
  readonly probe?: boolean
}

export function leasedOfRow(row: LeasedRow, leaseEndsMs: number): LeasedCommand {
  return {
    command: commandOfRow(row),
    attempt: row.attempt,
    runLease: row.run_lease,
    firstAttemptAt: row.first_attempt_at,
    leaseEndsMs,
    ...(row.probe === true ? { probe: true } : {}),
  }
}

/** The same under the next lease number: for an end that no attempt has made. */
export function nextLease(leased: LeasedCommand): LeasedCommand {
  return { ...leased, runLease: String(BigInt(leased.runLease) + 1n) }
}

/** Nobody knows what became of the attempt; what may be done depends on whether it left and whether it may be repeated. */
export function afterExpiry(row: LeasedRow & { readonly sent_at: string | null }): SettledAttempt {
  const leased = leasedOfRow(row, 0)
  const sent = row.sent_at !== null
  const error: AttemptError = {
    code: 'NX-COMMAND-LEASE-EXPIRED',
    message: sent
      ? 'Its daemon went away after the call may have been made'
      : 'Its daemon went away before the call',
    status: null,
    answer: null,
  }
  if (row.repeatable || !sent) {
    return { leased, settlement: { state: 'retry', error, delayMs: 0, spendsAttempt: sent, durationMs: 0 } }
  }
  return {
    leased,
    settlement: { state: 'in_doubt', error: { ...error, code: 'NX-COMMAND-IN-DOUBT' }, durationMs: 0 },
  }
}
