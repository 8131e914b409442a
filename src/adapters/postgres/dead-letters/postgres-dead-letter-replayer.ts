import type pg from 'pg'
import type { Clock } from '../../../kernel/clock.ts'
import { isUuid, newId } from '../../../kernel/ids.ts'
import type {
  DeadLetterClass,
  DeadLetterSource,
  DeadLetterStatus,
} from '../../../messaging/dead-letters/dead-letter.ts'
import type { NxEvent } from '../../../messaging/events/event.ts'
import { actorName } from '../../../platform/access/actor.ts'
import type { Actor } from '../../../platform/access/actor.ts'
import type { DeadLetterReplayer, ReplayResult } from '../../../platform/dead-letters/dead-letter-replayer.ts'
import { appendEvents } from '../events/append-events.ts'
import { commandColumns, commandOfRow } from '../commands/command-row.ts'
import type { CommandRow } from '../commands/command-row.ts'
import { eventColumns, eventOfRow } from '../events/event-row.ts'
import type { EventRow } from '../events/event-row.ts'
import { enqueue } from '../commands/insert-commands.ts'
import { inTenants, run, withRetries } from '../connection/transaction.ts'
import { writeAudit } from '../platform/write-audit.ts'

const lockLetter = {
  name: 'replay_lock',
  text: `
select id, source, class, status, replays, event_id, command_id, cause from dead_letter
where tenant_id = $1 and id = $2 for no key update`,
}

const markLetter = {
  name: 'replay_mark',
  text: 'update dead_letter set status = $2, replays = replays + 1 where id = $1',
}

const takeBackOutcome = {
  name: 'replay_outcome',
  text: `delete from command_outcome where command_id = $1 and state = 'dead' returning run_lease::text as run_lease`,
}

const endDoubt = {
  name: 'replay_in_doubt',
  text: `
update command_lane
set state = 'ready', next_attempt_at = clock_timestamp(), attempt = 0, sent_at = null, first_attempt_at = null
where command_id = $1 and state = 'in_doubt' returning command_id`,
}

const commandById = {
  name: 'replay_command',
  text: `select ${commandColumns} from command c where c.id = $1`,
}

const eventById = {
  name: 'replay_event',
  text: `select ${eventColumns} from event_log e where e.tenant_id = $1 and e.event_id = $2`,
}

interface LetterRow {
  readonly id: string
  readonly source: DeadLetterSource
  readonly class: DeadLetterClass
  readonly status: DeadLetterStatus
  readonly replays: number
  readonly event_id: string | null
  readonly command_id: string | null
  readonly cause: string | null
}

type Outcome = { readonly as: string; readonly status: 'replaying' | 'resolved' } | { readonly why: string }

/** Puts dead letters back to work on Postgres: one transaction a letter, so that one bad letter does not hold up the rest. */
export class PostgresDeadLetterReplayer implements DeadLetterReplayer {
  readonly #pool: pg.Pool
  readonly #clock: Clock

  /** `pool` works as neuronx_app. */
  constructor(pool: pg.Pool, clock: Clock) {
    this.#pool = pool
    this.#clock = clock
  }

  async replay(
    tenantId: string,
    ids: readonly string[],
    options: { includeInDoubt: boolean },
    actor: Actor,
    reason: string | null,
  ): Promise<readonly ReplayResult[]> {
    const results: ReplayResult[] = []
    for (const id of new Set(ids)) {
      results.push(
        await withRetries(this.#pool, async () =>
          inTenants(this.#pool, [tenantId], async (client) => {
            const [letter] = isUuid(id) ? await run<LetterRow>(client, lockLetter, [tenantId, id]) : []
            if (letter === undefined)
              return { id, state: 'skipped', why: 'There is no dead letter with this id.' } as const
            const outcome = await this.#replayOne(client, tenantId, letter, options.includeInDoubt)
            if ('why' in outcome) return { id, state: 'skipped', why: outcome.why } as const
            await run(client, markLetter, [id, outcome.status])
            await writeAudit(client, {
              tenantId,
              actor: actorName(actor),
              action: 'dead_letter.replay',
              target: `dead_letter/${id}`,
              reason,
              before: { status: letter.status, replays: letter.replays },
              after: { status: outcome.status, replays: letter.replays + 1, as: outcome.as },
            })
            return { id, state: 'replayed', as: outcome.as } as const
          }),
        ),
      )
    }
    return results
  }

  async #replayOne(
    client: pg.ClientBase,
    tenantId: string,
    letter: LetterRow,
    includeInDoubt: boolean,
  ): Promise<Outcome> {
    if (letter.status !== 'open') return { why: `It is ${letter.status} already.` }
    if (letter.class === 'in_doubt' && !includeInDoubt) {
      return {
        why: 'Nobody knows whether the call took effect; replaying it may do it twice. Ask for it explicitly.',
      }
    }
    switch (letter.source) {
      case 'command':
        return this.#replayCommand(client, letter.command_id)
      case 'event':
      case 'rule':
        return this.#replayEvent(client, tenantId, letter)
      case 'webhook':
      case 'ingest':
        return {
          why: 'What came from outside must be translated again first: mend the mapping and have it sent again.',
        }
    }
  }

  /** Back to its lane under the idempotency key it always had; attempts begin anew, lease numbers go on. */
  async #replayCommand(client: pg.ClientBase, commandId: string | null): Promise<Outcome> {
    const [row] = await run<CommandRow>(client, commandById, [commandId])
    if (row === undefined) return { why: 'Its command is gone.' }
    const command = commandOfRow(row)
    const doubt = await run(client, endDoubt, [command.id])
    if (doubt.length > 0) return { as: command.id, status: 'replaying' }
    const [outcome] = await run<{ run_lease: string }>(client, takeBackOutcome, [command.id])
    if (outcome === undefined) return { why: 'Its command is at work, or has ended otherwise meanwhile.' }
    await enqueue(client, [
      { command: { ...command, dueAt: this.#clock.now().toISOString() }, runLease: outcome.run_lease },
    ])
    return { as: command.id, status: 'replaying' }
  }

  async #replayEvent(client: pg.ClientBase, tenantId: string, letter: LetterRow): Promise<Outcome> {
    const [row] = await run<EventRow>(client, eventById, [tenantId, letter.event_id])
    if (row === undefined) return { why: 'Its event is no longer in the log.' }
    const { shard: _shard, entitySeq: _seq, acceptedAt: _at, only: _only, ...original } = eventOfRow(row)
    const only = letter.source === 'rule' ? ruleName(letter.cause) : null
    if (letter.source === 'rule' && only === null) return { why: 'It does not say which rule it was.' }
    const id = newId()
    const event: NxEvent = {
      ...original,
      id,
      source: 'neuronx/replay',
      externalId: `${letter.id}#${letter.replays + 1}`,
      // A timer's event wakes its workflow only as a timer: no producer may send one.
      origin: original.origin === 'timer' ? 'timer' : 'replay',
      causationId: original.id,
      ...(only === null ? {} : { only }),
    }
    await appendEvents(client, [{ event, routed: true }])
    return { as: id, status: 'resolved' }
  }
}

/** `RuleSet/inbound#hot` is the rule `inbound/hot`. */
function ruleName(cause: string | null): string | null {
  const parts = /^RuleSet\/([^#]+)#(.+)$/.exec(cause ?? '')
  return parts === null ? null : `${parts[1]}/${parts[2]}`
}
