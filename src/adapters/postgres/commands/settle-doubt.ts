import type pg from 'pg'
import type { Clock } from '../../../kernel/clock.ts'
import type { JsonValue } from '../../../kernel/json.ts'
import type { AttemptError, LeasedCommand } from '../../../messaging/commands/command.ts'
import { run } from '../connection/transaction.ts'
import { writeAudit } from '../platform/write-audit.ts'
import { lettersToReplaying, readyFromDoubt, retryFromDoubt } from '../command-control/control-statements.ts'
import { endCommands } from './end-commands.ts'
import type { CommandEnding } from './end-commands.ts'
import { nextLease } from './leased-row.ts'
import { giveSlotsBack } from './sends/give-slots-back.ts'
import { resolveLetters } from './settle-statements.ts'

/** How a doubt ends. */
export type DoubtEnd =
  | { readonly state: 'succeeded'; readonly result: JsonValue }
  | { readonly state: 'failed' }
  /** `anew`: with all its attempts, its letter waiting for how it ends (a person); else it goes on where it was (a look). */
  | { readonly state: 'retry'; readonly anew: boolean }

/** Ends the doubt about a command whose lane row is locked and in doubt: lane, letters, result event, audit. */
export async function endDoubt(
  client: pg.ClientBase,
  leased: LeasedCommand,
  as: DoubtEnd,
  { by, evidence }: { readonly by: string; readonly evidence: string },
  clock: Clock,
): Promise<void> {
  const { tenantId, id } = leased.command
  if (as.state === 'retry') {
    await run(client, as.anew ? retryFromDoubt : readyFromDoubt, [id])
    await run(client, as.anew ? lettersToReplaying : resolveLetters, [tenantId, id])
  } else {
    await run(client, resolveLetters, [tenantId, id])
    const end: CommandEnding['end'] =
      as.state === 'succeeded' ? as : { state: 'dead', error: settledAsFailed(evidence) }
    await endCommands(client, [{ leased: nextLease(leased), durationMs: 0, end }], clock)
    if (as.state === 'failed') await giveSlotsBack(client, [id])
  }
  await writeAudit(client, {
    tenantId,
    actor: by,
    action: 'command.settle',
    target: `command/${id}`,
    reason: evidence,
    before: { state: 'in_doubt' },
    after: as.state === 'succeeded' ? { outcome: as.state, result: as.result } : { outcome: as.state },
  })
}

function settledAsFailed(evidence: string): AttemptError {
  return { code: 'NX-COMMAND-SETTLED-FAILED', message: evidence, status: null, answer: null }
}
