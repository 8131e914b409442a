import type pg from 'pg'
import type { Clock } from '../../../kernel/clock.ts'
import { noCrashPoints } from '../../../kernel/crash-points.ts'
import type { CrashPoints } from '../../../kernel/crash-points.ts'
import type { SettledAttempt, Settlement } from '../../../messaging/commands/command-queue.ts'
import { insertDeadLetters } from '../dead-letters/insert-dead-letters.ts'
import { jsonText } from '../connection/json-text.ts'
import { endCommands } from './end-commands.ts'
import { commandLetter } from './result-event.ts'
import { insertAttempts, lockLeased, putInDoubt, resolveReplayed, retryLater } from './settle-statements.ts'
import { run } from '../connection/transaction.ts'

type Settled<State extends Settlement['state']> = SettledAttempt & {
  readonly settlement: Extract<Settlement, { state: State }>
}

/** How long after a command came into doubt it is first looked up. */
const firstLookMs = 5_000

/** Ends attempts inside a transaction of their tenants. Returns the ids of those whose lease was lost. */
export async function settleAttempts(
  client: pg.ClientBase,
  attempts: readonly SettledAttempt[],
  clock: Clock,
  crashPoints: CrashPoints = noCrashPoints,
): Promise<ReadonlySet<string>> {
  const rows = await run<{ command_id: string; run_lease: string }>(client, lockLeased, [ids(attempts)])
  const leases = new Map(rows.map((row) => [row.command_id, row.run_lease]))
  const held = attempts.filter(({ leased }) => leases.get(leased.command.id) === leased.runLease)
  await insertFailures(client, held.filter(failed))
  await retry(client, held.filter(is('retry')))
  await doubt(client, held.filter(is('in_doubt')))
  await end(client, held.filter(ended), clock, crashPoints)
  const kept = new Set(held)
  return new Set(ids(attempts.filter((attempt) => !kept.has(attempt))))
}

function is<State extends Settlement['state']>(state: State) {
  return (attempt: SettledAttempt): attempt is Settled<State> => attempt.settlement.state === state
}

function failed(attempt: SettledAttempt): attempt is Settled<'retry' | 'dead' | 'in_doubt'> {
  return attempt.settlement.state !== 'succeeded'
}

function ended(attempt: SettledAttempt): attempt is Settled<'succeeded' | 'dead'> {
  return attempt.settlement.state === 'succeeded' || attempt.settlement.state === 'dead'
}

function ids(attempts: readonly SettledAttempt[]): string[] {
  return attempts.map(({ leased }) => leased.command.id)
}

async function insertFailures(
  client: pg.ClientBase,
  attempts: readonly Settled<'retry' | 'dead' | 'in_doubt'>[],
): Promise<void> {
  if (attempts.length === 0) return
  await run(client, insertAttempts, [
    jsonText(
      attempts.map(({ leased, settlement }) => ({
        command_id: leased.command.id,
        run_lease: leased.runLease,
        tenant_id: leased.command.tenantId,
        attempt: leased.attempt,
        error: settlement.error,
        duration_ms: Math.round(settlement.durationMs),
      })),
    ),
  ])
}

async function retry(client: pg.ClientBase, attempts: readonly Settled<'retry'>[]): Promise<void> {
  if (attempts.length === 0) return
  await run(client, retryLater, [
    jsonText(
      attempts.map(({ leased, settlement }) => ({
        command_id: leased.command.id,
        delay_ms: settlement.delayMs,
        give_back: settlement.spendsAttempt ? 0 : 1,
      })),
    ),
  ])
}

/** Stays the head of its lane: what comes after it may depend on what it did. */
async function doubt(client: pg.ClientBase, attempts: readonly Settled<'in_doubt'>[]): Promise<void> {
  if (attempts.length === 0) return
  await run(client, putInDoubt, [ids(attempts), firstLookMs])
  await insertDeadLetters(
    client,
    attempts.map(({ leased, settlement }) => commandLetter(leased, 'in_doubt', settlement.error)),
  )
}

async function end(
  client: pg.ClientBase,
  attempts: readonly Settled<'succeeded' | 'dead'>[],
  clock: Clock,
  crashPoints: CrashPoints,
): Promise<void> {
  if (attempts.length === 0) return
  // Lease numbers go on when a command is replayed, attempts begin anew: only such commands can have letters. That of one
  // which died again is opened again.
  const replayed = attempts
    .filter(is('succeeded'))
    .filter(({ leased }) => Number(leased.runLease) > leased.attempt)
  if (replayed.length > 0) {
    const tenants = replayed.map(({ leased }) => leased.command.tenantId)
    await run(client, resolveReplayed, [tenants, ids(replayed)])
  }
  const dead = attempts.filter(is('dead'))
  if (dead.length > 0) {
    await insertDeadLetters(
      client,
      dead.map(({ leased, settlement }) => commandLetter(leased, settlement.deadClass, settlement.error)),
    )
    crashPoints.reach('dispatch.mid_dead_letter')
  }
  await endCommands(
    client,
    attempts.map(({ leased, settlement }) => ({
      leased,
      durationMs: settlement.durationMs,
      end: settlement,
    })),
    clock,
  )
}
