import type pg from 'pg'
import type { Clock } from '../../../kernel/clock.ts'
import { noCrashPoints } from '../../../kernel/crash-points.ts'
import type { CrashPoints } from '../../../kernel/crash-points.ts'
import { laneKey } from '../../../messaging/commands/command.ts'
import type { SettledAttempt, Settlement } from '../../../messaging/commands/command-queue.ts'
import { insertDeadLetters } from '../dead-letters/insert-dead-letters.ts'
import { jsonText } from '../connection/json-text.ts'
import { giveSlotsBack } from './sends/give-slots-back.ts'
import { endCommands } from './end-commands.ts'
import type { CommandEnding } from './end-commands.ts'
import { insertCommands } from './insert-commands.ts'
import type { NewCommand } from './insert-commands.ts'
import { noticesOf } from './sends/notices-of.ts'
import { commandLetter } from './result-event.ts'
import {
  deferLater,
  insertAttempts,
  lockLeased,
  putInDoubt,
  resolveReplayed,
  retryLater,
} from './settle-statements.ts'
import { run } from '../connection/transaction.ts'

type Settled<State extends Settlement['state']> = SettledAttempt & {
  readonly settlement: Extract<Settlement, { state: State }>
}

/** How long after a command came into doubt it is first looked up. */
const firstLookMs = 5_000

/**
 * Ends attempts inside a transaction of their tenants. Returns the ids of those whose lease was lost. Locks go lane, head, all of a
 * kind in one order: lanes of what is sent instead along with those of the attempts, heads of all events at the end.
 */
export async function settleAttempts(
  client: pg.ClientBase,
  attempts: readonly SettledAttempt[],
  clock: Clock,
  crashPoints: CrashPoints = noCrashPoints,
): Promise<ReadonlySet<string>> {
  const lanes = attempts.flatMap(insteadOf).map(({ command }) => laneKey(command))
  const rows = await run<{ command_id: string; run_lease: string }>(client, lockLeased, [
    ids(attempts),
    lanes,
  ])
  const leases = new Map(rows.map((row) => [row.command_id, row.run_lease]))
  const held = attempts.filter(({ leased }) => leases.get(leased.command.id) === leased.runLease)
  await insertCommands(client, held.flatMap(insteadOf))
  await insertFailures(client, held.filter(failed))
  await retry(client, held.filter(is('retry')))
  await doubt(client, held.filter(is('in_doubt')))
  await defer(client, held.filter(is('deferred')))
  await letterDead(client, held.filter(is('dead')), crashPoints)
  await resolveReplays(client, held)
  await giveSlotsBack(client, ids(held.filter(({ givesSlotBack }) => givesSlotBack === true)))
  await endCommands(client, held.flatMap(endingOf), clock, noticesOf(held, clock.now()))
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

/** What is queued in the place of an attempt, in the lane of its own integration. */
function insteadOf({ settlement }: SettledAttempt): readonly NewCommand[] {
  return settlement.state === 'suppressed' && settlement.instead !== null
    ? [{ command: settlement.instead, dueInMs: 0 }]
    : []
}

/** How the command of an attempt ends; none: it goes on. What a policy suppressed ends as cancelled. */
function endingOf({ leased, settlement }: SettledAttempt): readonly CommandEnding[] {
  const { durationMs } = settlement
  switch (settlement.state) {
    case 'succeeded':
    case 'dead':
      return [{ leased, durationMs, end: settlement }]
    case 'suppressed': {
      const { error, instead } = settlement
      const reason = `${error.code}: ${error.message}`
      const also = instead === null ? {} : { insteadCommandId: instead.id }
      return [{ leased, durationMs, end: { state: 'cancelled', reason, ...also } }]
    }
    default:
      return []
  }
}

function ids(attempts: readonly SettledAttempt[]): string[] {
  return attempts.map(({ leased }) => leased.command.id)
}

async function insertFailures(client: pg.ClientBase, attempts: readonly Failed[]): Promise<void> {
  if (attempts.length === 0) return
  await run(client, insertAttempts, [
    jsonText(
      attempts.map(({ leased, settlement, notice }) => ({
        command_id: leased.command.id,
        run_lease: leased.runLease,
        held: settlement.state === 'deferred' && notice === undefined,
        tenant_id: leased.command.tenantId,
        attempt: leased.attempt,
        error: settlement.error,
        duration_ms: Math.round(settlement.durationMs),
        untouched: leftUntouched(settlement),
      })),
    ),
  ])
}

/** Did the other side certainly do nothing? What it refused for good may have been there before. */
function leftUntouched(settlement: Failed['settlement']): boolean {
  switch (settlement.state) {
    case 'deferred':
    case 'suppressed':
      return true
    case 'retry':
      return settlement.notExecuted ?? !settlement.spendsAttempt
    case 'dead':
    case 'in_doubt':
      return false
  }
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

/** Stays the head of its lane: what comes after it may depend on what it did. */
async function doubt(client: pg.ClientBase, attempts: readonly Settled<'in_doubt'>[]): Promise<void> {
  if (attempts.length === 0) return
  await run(client, putInDoubt, [ids(attempts), firstLookMs])
  await insertDeadLetters(
    client,
    attempts.map(({ leased, settlement }) => commandLetter(leased, 'in_doubt', settlement.error)),
  )
}

async function letterDead(
  client: pg.ClientBase,
  dead: readonly Settled<'dead'>[],
  crashPoints: CrashPoints,
): Promise<void> {
  if (dead.length === 0) return
  await insertDeadLetters(
    client,
    dead.map(({ leased, settlement }) => commandLetter(leased, settlement.deadClass, settlement.error)),
  )
  crashPoints.reach('dispatch.mid_dead_letter')
}

/** Letters whose replay has ended, well or by a policy. That of one which died again is opened again. */
async function resolveReplays(client: pg.ClientBase, held: readonly SettledAttempt[]): Promise<void> {
  for (const outcome of ['succeeded', 'suppressed'] as const) {
    // Lease numbers go on when a command is replayed, attempts begin anew: only such commands can have letters.
    const replayed = held.filter(is(outcome)).filter(({ leased }) => Number(leased.runLease) > leased.attempt)
    if (replayed.length === 0) continue
    const tenants = replayed.map(({ leased }) => leased.command.tenantId)
    await run(client, resolveReplayed, [tenants, ids(replayed), outcome])
  }
}
