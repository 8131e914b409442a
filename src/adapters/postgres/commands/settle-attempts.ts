import type pg from 'pg'
import type { Clock } from '../../../kernel/clock.ts'
import type { SettledAttempt, Settlement } from '../../../messaging/commands/command-queue.ts'
import { appendEvents } from '../events/append-events.ts'
import { insertDeadLetters } from '../dead-letters/insert-dead-letters.ts'
import { jsonText } from '../connection/json-text.ts'
import { commandLetter, resultEvent } from './result-event.ts'
import {
  insertAttempts,
  insertOutcomes,
  lockLeased,
  promote,
  putInDoubt,
  removeLanes,
  resolveReplayed,
  retryLater,
} from './settle-statements.ts'
import { run } from '../connection/transaction.ts'

type Settled<State extends Settlement['state']> = SettledAttempt & {
  readonly settlement: Extract<Settlement, { state: State }>
}

/** Ends attempts inside a transaction of their tenants. Returns the ids of those whose lease was lost. */
export async function settleAttempts(
  client: pg.ClientBase,
  attempts: readonly SettledAttempt[],
  clock: Clock,
): Promise<ReadonlySet<string>> {
  const rows = await run<{ command_id: string; run_lease: string }>(client, lockLeased, [ids(attempts)])
  const leases = new Map(rows.map((row) => [row.command_id, row.run_lease]))
  const held = attempts.filter(({ leased }) => leases.get(leased.command.id) === leased.runLease)
  await insertFailures(client, held.filter(failed))
  await retry(client, held.filter(is('retry')))
  await doubt(client, held.filter(is('in_doubt')))
  await end(client, held.filter(ended), clock)
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
  await run(client, putInDoubt, [ids(attempts)])
  await insertDeadLetters(
    client,
    attempts.map(({ leased, settlement }) => commandLetter(leased, 'in_doubt', settlement.error)),
  )
}

async function end(
  client: pg.ClientBase,
  attempts: readonly Settled<'succeeded' | 'dead'>[],
  clock: Clock,
): Promise<void> {
  if (attempts.length === 0) return
  const removed = await run<{ lane_key: string }>(client, removeLanes, [ids(attempts)])
  await run(client, promote, [removed.map((row) => row.lane_key)])
  await run(client, insertOutcomes, [jsonText(attempts.map(outcomeRecord))])
  // Lease numbers go on when a command is replayed, attempts begin anew: only such commands can have letters.
  const replayed = attempts.filter(({ leased }) => Number(leased.runLease) > leased.attempt)
  if (replayed.length > 0) {
    const tenants = replayed.map(({ leased }) => leased.command.tenantId)
    await run(client, resolveReplayed, [tenants, ids(replayed)])
  }
  await insertDeadLetters(
    client,
    attempts
      .filter(is('dead'))
      .map(({ leased, settlement }) => commandLetter(leased, settlement.deadClass, settlement.error)),
  )
  const time = clock.now().toISOString()
  await appendEvents(
    client,
    attempts.map(({ leased, settlement }) => ({
      event:
        settlement.state === 'succeeded'
          ? resultEvent(leased, 'command.succeeded', { result: settlement.result }, time)
          : resultEvent(leased, 'command.failed', { error: { ...settlement.error } }, time),
      routed: leased.command.routeResult,
    })),
  )
}

function outcomeRecord({ leased, settlement }: Settled<'succeeded' | 'dead'>): object {
  return {
    command_id: leased.command.id,
    tenant_id: leased.command.tenantId,
    state: settlement.state,
    attempts: leased.attempt,
    run_lease: leased.runLease,
    error: settlement.state === 'dead' ? settlement.error : undefined,
    result: settlement.state === 'succeeded' ? settlement.result : undefined,
    duration_ms: Math.round(settlement.durationMs),
  }
}
