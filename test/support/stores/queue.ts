import { newId } from '../../../src/kernel/ids.ts'
import type { Command, LeasedCommand } from '../../../src/messaging/commands/command.ts'
import type {
  ClaimShare,
  CommandQueue,
  SettledAttempt,
  Settlement,
} from '../../../src/messaging/commands/command-queue.ts'
import type { CallReport } from '../../../src/messaging/commands/gate.ts'
import { someCommand } from '../commands.ts'

/** A command of a lead, with an id of its own. */
export function leadCommand(tenantId: string, lead: string, change: Partial<Command> = {}): Command {
  const id = newId()
  return someCommand({ id, tenantId, entityKey: `default/lead/${lead}`, idempotencyKey: id, ...change })
}

/** A share that limits nothing in a test that is about something else. */
export const amplyShared: ClaimShare = {
  room: 10_000,
  perSecond: 100_000,
  burst: 100_000,
  weight: 1,
  tenantInFlight: 0,
  tenantRoom: 10_000,
}

/** Claims up to `max`, limited only as `change` says. */
export async function claimSome(
  queue: CommandQueue,
  max = 10,
  change: Partial<ClaimShare> = {},
): Promise<readonly LeasedCommand[]> {
  const share = async () => ({ ...amplyShared, ...change })
  return queue.claim({ daemonId: 'd', max, share, leaseMs: 60_000 })
}

/** A call's report, good unless changed. */
export function reported(change: Partial<CallReport> = {}): CallReport {
  return { health: 'up', pauseMs: null, reason: null, remaining: null, ...change }
}

/** The same end and the same report for several attempts. */
export function allReporting(
  leased: readonly LeasedCommand[],
  settlement: Settlement,
  report: CallReport,
): readonly SettledAttempt[] {
  return leased.map((one) => ({ leased: one, settlement, report }))
}

export const vendorError = {
  code: 'NX-VENDOR-500',
  message: 'the vendor failed',
  status: 500,
  answer: 'oops',
}

export const succeeded: Settlement = { state: 'succeeded', result: { ok: true }, durationMs: 12 }
export const dead: Settlement = { state: 'dead', deadClass: 'permanent', error: vendorError, durationMs: 12 }
export const inDoubt: Settlement = { state: 'in_doubt', error: vendorError, durationMs: 12 }

/** A failed attempt that is tried again after `delayMs`. */
export function retryIn(delayMs: number, spendsAttempt = true): Settlement {
  return { state: 'retry', error: vendorError, delayMs, spendsAttempt, durationMs: 12 }
}

/** The same end for several attempts. */
export function all(leased: readonly LeasedCommand[], settlement: Settlement): readonly SettledAttempt[] {
  return leased.map((one) => ({ leased: one, settlement }))
}
