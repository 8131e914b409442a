import { newId } from '../../../src/kernel/ids.ts'
import type { Command, LeasedCommand } from '../../../src/messaging/commands/command.ts'
import type {
  CommandQueue,
  SettledAttempt,
  Settlement,
} from '../../../src/messaging/commands/command-queue.ts'
import { someCommand } from '../commands.ts'

/** A command of a lead, with an id of its own. */
export function leadCommand(tenantId: string, lead: string, change: Partial<Command> = {}): Command {
  const id = newId()
  return someCommand({ id, tenantId, entityKey: `default/lead/${lead}`, idempotencyKey: id, ...change })
}

/** Claims up to `max`, with no limit per integration. */
export async function claimSome(
  queue: CommandQueue,
  max = 10,
  leaseMs = 60_000,
): Promise<readonly LeasedCommand[]> {
  return queue.claim({ daemonId: 'd', max, perIntegration: () => max, leaseMs })
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
