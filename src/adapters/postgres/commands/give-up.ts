import type pg from 'pg'
import type { Clock } from '../../../kernel/clock.ts'
import type { AttemptError } from '../../../messaging/commands/command.ts'
import { insertDeadLetters } from '../dead-letters/insert-dead-letters.ts'
import { inTenants, run, runAlone, withRetries } from '../connection/transaction.ts'
import { endCommands } from './end-commands.ts'
import { leasedOfRow, nextLease } from './leased-row.ts'
import type { LeasedRow } from './leased-row.ts'
import { commandLetter } from './result-event.ts'
import { findForgotten, holdForgotten, lockForgotten } from './settle-statements.ts'

const giveUpMax = 200

/** Gives up commands that a shut gate has kept from being tried for too long. Returns how many. */
export async function giveUpForgotten(
  pools: { relay: pg.Pool; app: pg.Pool },
  maxElapsedMs: number,
  clock: Clock,
): Promise<number> {
  const found = await runAlone<{ command_id: string; tenant_id: string }>(pools.relay, findForgotten, [
    giveUpMax,
    maxElapsedMs,
  ])
  if (found.length === 0) return 0
  const tenants = found.map((row) => row.tenant_id)
  return withRetries(pools.app, async () =>
    inTenants(pools.app, tenants, async (client) => {
      const rows = await run<LeasedRow & { gate_reason: string }>(client, lockForgotten, [
        found.map((row) => row.command_id),
        maxElapsedMs,
      ])
      const held = await run<{ command_id: string }>(client, holdForgotten, [
        rows.map((row) => row.id),
        rows.map((row) => row.run_lease),
      ])
      const mine = new Set(held.map((row) => row.command_id))
      const endings = rows
        .filter((row) => mine.has(row.id))
        .map((row) => ({
          leased: nextLease(leasedOfRow(row, 0)),
          durationMs: 0,
          end: { state: 'dead' as const, error: exhausted(row.gate_reason) },
        }))
      if (endings.length === 0) return 0
      await insertDeadLetters(
        client,
        endings.map(({ leased, end }) => commandLetter(leased, 'exhausted', end.error)),
      )
      await endCommands(client, endings, clock)
      return endings.length
    }),
  )
}

function exhausted(reason: string): AttemptError {
  return {
    code: 'NX-COMMAND-PARKED-TOO-LONG',
    message: `Its integration has taken no calls for too long (${reason === '' ? 'no reason known' : reason})`,
    status: null,
    answer: null,
  }
}
