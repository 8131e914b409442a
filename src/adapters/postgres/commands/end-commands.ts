import type pg from 'pg'
import type { Clock } from '../../../kernel/clock.ts'
import type { JsonObject, JsonValue } from '../../../kernel/json.ts'
import type { AttemptError, LeasedCommand } from '../../../messaging/commands/command.ts'
import { jsonText } from '../connection/json-text.ts'
import { run } from '../connection/transaction.ts'
import { appendEvents } from '../events/append-events.ts'
import type { Append } from '../events/append-events.ts'
import { resultEvent } from './result-event.ts'
import { giveSlotsBack } from './sends/give-slots-back.ts'
import { noteMessageIds } from './sends/note-message-ids.ts'
import { insertOutcomes, promote, removeLanes } from './settle-statements.ts'

/** How a command ends. Its lane row is locked; `leased.runLease` is a number that no earlier attempt has used to its end. */
export interface CommandEnding {
  readonly leased: LeasedCommand
  readonly durationMs: number
  readonly end:
    | { readonly state: 'succeeded'; readonly result: JsonValue }
    | { readonly state: 'dead'; readonly error: AttemptError }
    | {
        readonly state: 'cancelled'
        readonly reason: string
        /** What goes out in its place. */
        readonly insteadCommandId?: string
      }
}

/**
 * Takes commands out of their lanes for good: the lanes go on, outcomes are kept, result events are logged, and `notices` along with
 * them, for the heads of entities are locked in one order only within one statement. What is cancelled did not go out: places it holds
 * under frequency caps are free again.
 */
export async function endCommands(
  client: pg.ClientBase,
  endings: readonly CommandEnding[],
  clock: Clock,
  notices: readonly Append[] = [],
): Promise<void> {
  if (endings.length > 0) await takeOut(client, endings)
  const time = clock.now().toISOString()
  const results = endings.map(({ leased, end }) => ({
    event: resultEvent(leased, eventTypes[end.state], eventData(end), time),
    routed: leased.command.routeResult,
  }))
  await appendEvents(client, [...results, ...notices])
}

async function takeOut(client: pg.ClientBase, endings: readonly CommandEnding[]): Promise<void> {
  const removed = await run<{ lane_key: string; state: string }>(client, removeLanes, [
    endings.map(({ leased }) => leased.command.id),
  ])
  // A lane goes on when its head is gone; one that only waited leaves the head where it is.
  const heads = removed.filter((row) => row.state !== 'waiting')
  await run(client, promote, [heads.map((row) => row.lane_key)])
  await run(client, insertOutcomes, [jsonText(endings.map(outcomeRecord))])
  await noteMessageIds(
    client,
    endings.flatMap(({ leased: { command }, end }) =>
      end.state === 'succeeded' ? [{ command, result: end.result }] : [],
    ),
  )
  await giveSlotsBack(
    client,
    endings.filter(({ end }) => end.state === 'cancelled').map(({ leased }) => leased.command.id),
  )
}

const eventTypes = {
  succeeded: 'command.succeeded',
  dead: 'command.failed',
  cancelled: 'command.cancelled',
} as const

function eventData(end: CommandEnding['end']): JsonObject {
  switch (end.state) {
    case 'succeeded':
      return { result: end.result }
    case 'dead':
      return { error: { ...end.error } }
    case 'cancelled':
      return {
        reason: end.reason,
        ...(end.insteadCommandId === undefined ? {} : { insteadCommandId: end.insteadCommandId }),
      }
  }
}

function outcomeRecord({ leased, durationMs, end }: CommandEnding): object {
  return {
    command_id: leased.command.id,
    tenant_id: leased.command.tenantId,
    state: end.state,
    attempts: leased.attempt,
    run_lease: leased.runLease,
    error: end.state === 'dead' ? end.error : undefined,
    result: end.state === 'succeeded' ? end.result : undefined,
    duration_ms: Math.round(durationMs),
  }
}
