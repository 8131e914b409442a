import type pg from 'pg'
import type { Clock } from '../../../kernel/clock.ts'
import { noCrashPoints } from '../../../kernel/crash-points.ts'
import type { CrashPoints } from '../../../kernel/crash-points.ts'
import type { SettledAttempt, Settlement } from '../../../messaging/commands/command-queue.ts'
import { insertDeadLetters } from '../dead-letters/insert-dead-letters.ts'
import { jsonText } from '../connection/json-text.ts'
import { giveSlotsBack } from './sends/give-slots-back.ts'
import { endCommands } from './end-commands.ts'
import { insertCommands } from './insert-commands.ts'
import { logNotices } from './sends/log-notices.ts'
import { commandLetter } from './result-event.ts'
import {
  deferLater,
  insertAttempts,
  lockLeased,
  putInDoubt,
  resolveReplayed,
  resolveSuppressed,
  retryLater,
} from './settle-statements.ts'
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
  await defer(client, held.filter(is('deferred')))
  await end(client, held.filter(ended), clock, crashPoints)
  await suppress(client, held.filter(is('suppressed')), clock)
  await giveSlotsBack(client, ids(held.filter(({ givesSlotBack }) => givesSlotBack === true)))
  await logNotices(client, held, clock.now())
  const kept = new Set(held)
  return new Set(ids(attempts.filter((attempt) => !kept.has(attempt))))
}

function is<State extends Settlement['state']>(state: State) {
  return (attempt: SettledAttempt): attempt is Settled<State> => attempt.settlement.state === state
}

type Failed = Settled<Exclude<Settlement['state'], 'succeeded'>>

function failed(attempt: SettledAttempt): attempt is Failed {
  return attempt.settlement.state !== 'succeeded'
}

function ended(attempt: SettledAttempt): attempt is Settled<'succeeded' | 'dead'> {
  return attempt.settlement.state === 'succeeded' || attempt.settlement.state === 'dead'
}

function ids(attempts: readonly SettledAttempt[]): string[] {
  return attempts.map(({ leased }) => leased.command.id)
}

async function insertFailures(client: pg.ClientBase, attempts: readonly Failed[]): Promise<void> {
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

/** Stays the head of its lane, as what is tried again does. */
async function defer(client: pg.ClientBase, attempts: readonly Settled<'deferred'>[]): Promise<void> {
  if (attempts.length === 0) return
  const delays = attempts.map(({ leased, settlement }) => ({
    command_id: leased.command.id,
    delay_ms: settlement.delayMs,
  }))
  await run(client, deferLater, [jsonText(delays)])
}

/** Ends as cancelled, by the policy. What is sent instead is queued in the same transaction, in the lane of its own integration. */
async function suppress(
  client: pg.ClientBase,
  attempts: readonly Settled<'suppressed'>[],
  clock: Clock,
): Promise<void> {
  if (attempts.length === 0) return
  const tenants = attempts.map(({ leased }) => leased.command.tenantId)
  await run(client, resolveSuppressed, [tenants, ids(attempts)])
  await endCommands(
    client,
    attempts.map(({ leased, settlement: { error, durationMs, instead } }) => ({
      leased,
      durationMs,
      end: {
        state: 'cancelled',
        reason: `${error.code}: ${error.message}`,
        ...(instead === null ? {} : { insteadCommandId: instead.id }),
      },
    })),
    clock,
  )
  await insertCommands(
    client,
    attempts.flatMap(({ settlement: { instead } }) =>
      instead === null ? [] : { command: instead, dueInMs: 0 },
    ),
  )
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
