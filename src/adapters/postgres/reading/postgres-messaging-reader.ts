import type pg from 'pg'
import { isUuid } from '../../../kernel/ids.ts'
import type { JsonValue } from '../../../kernel/json.ts'
import type { AttemptError, CommandState } from '../../../messaging/commands/command.ts'
import type { DeadLetter } from '../../../messaging/dead-letters/dead-letter.ts'
import { entityKey } from '../../../messaging/events/entity-key.ts'
import type {
  CommandFilter,
  CommandView,
  DeadLetterFilter,
  EventFilter,
  EventView,
  MessagingReader,
  OutboxEntry,
  OutboxFilter,
  OutboxRow,
  OutboxStats,
  Page,
  PageRequest,
  TenantCounts,
  TraceNode,
} from '../../../messaging/reading/event-reader.ts'
import { commandOfRow } from '../commands/command-row.ts'
import type { CommandRow } from '../commands/command-row.ts'
import { eventOfRow } from '../events/event-row.ts'
import type { EventRow } from '../events/event-row.ts'
import { badCursor, decodeCursor, encodeCursor, pageOf, rowsWanted } from './page-cursor.ts'
import { outboxEntryOfRow } from './outbox-entry.ts'
import type { OutboxEntryRow } from './outbox-entry.ts'
import { outbox, outboxEntry } from './outbox-statements.ts'
import { readOutboxStats } from './read-outbox-stats.ts'
import * as sql from './reading-statements.ts'
import { traceTree } from './trace-tree.ts'
import type { TracedDecision } from './trace-tree.ts'
import { inRole, inTenants, run } from '../connection/transaction.ts'
import type { Statement } from '../connection/transaction.ts'

/** The most of each kind that a trace shows. */
const traceMax = 2_000

interface EventViewRow extends EventRow {
  readonly txid: string
  readonly pos: string
  readonly status: EventView['status']
}

interface CommandViewRow extends CommandRow {
  readonly created_at: string
  readonly state: CommandState
  readonly attempts: number
  readonly next_attempt_at: string | null
  readonly sent_at: string | null
  readonly ended_at: string | null
  readonly duration_ms: number | null
  readonly error: AttemptError | null
  readonly result: JsonValue
}

/** The read side of messaging on Postgres. */
export class PostgresMessagingReader implements MessagingReader {
  readonly #app: pg.Pool
  readonly #relay: pg.Pool

  constructor(pools: { app: pg.Pool; relay: pg.Pool }) {
    this.#app = pools.app
    this.#relay = pools.relay
  }

  async events(tenantId: string, filter: EventFilter, page: PageRequest): Promise<Page<EventView>> {
    const [txid, pos] = logCursor(page.cursor) ?? [null, null]
    const { type = null, since = null, until = null } = filter
    const values = [tenantId, type, keyOf(filter), since, until, txid, pos, rowsWanted(page)]
    const rows = await this.#read<EventViewRow>(tenantId, sql.events, values)
    return pageOf(rows, page, eventView, (row) => [row.txid, row.pos])
  }

  async eventsAfter(
    tenantId: string,
    cursor: string | null,
    limit: number,
  ): Promise<{ items: readonly EventView[]; cursor: string }> {
    const after = logCursor(cursor)
    if (after === null) {
      const [row] = await this.#read<{ txid: string }>(tenantId, sql.fence, [])
      return { items: [], cursor: encodeCursor([row?.txid ?? '0', '0']) }
    }
    const most = rowsWanted({ limit, cursor }) - 1
    const rows = await this.#read<EventViewRow>(tenantId, sql.eventsAfter, [tenantId, ...after, most])
    const last = rows.at(-1)
    return {
      items: rows.map(eventView),
      cursor: encodeCursor(last === undefined ? after : [last.txid, last.pos]),
    }
  }

  async event(tenantId: string, id: string): Promise<EventView | null> {
    if (!isUuid(id)) return null
    const [row] = await this.#read<EventViewRow>(tenantId, sql.eventById, [tenantId, id])
    return row === undefined ? null : eventView(row)
  }

  async trace(tenantId: string, id: string): Promise<TraceNode | null> {
    if (!isUuid(id)) return null
    return inTenants(this.#app, [tenantId], async (client) => {
      const [named] = await run<EventViewRow>(client, sql.eventById, [tenantId, id])
      if (named === undefined) return null
      const { rootId } = eventOfRow(named)
      const values = [tenantId, rootId, traceMax]
      const events = (await run<EventViewRow>(client, sql.eventsOfRoot, values)).map(eventView)
      const decisions = (await run<DecisionRow>(client, sql.decisionsOfRoot, values)).map(tracedDecision)
      const commandRows = await run<CommandViewRow>(client, sql.commandsOfRoot, values)
      const deadLetters = await run<DeadLetter>(client, sql.deadLettersOf, [
        tenantId,
        events.map((event) => event.id),
        commandRows.map((row) => row.id),
        traceMax,
      ])
      const commands = commandRows.map((row) => ({
        ...commandView(row),
        createdAt: row.created_at,
        durationMs: row.duration_ms,
      }))
      return traceTree({ rootId, events, decisions, commands, deadLetters })
    })
  }

  async outbox(tenantId: string, filter: OutboxFilter, page: PageRequest): Promise<Page<OutboxRow>> {
    const [txid, pos] = logCursor(page.cursor) ?? [null, null]
    const { status = null, type = null, since = null, until = null } = filter
    const values = [tenantId, status, txid, pos, rowsWanted(page), type, keyOf(filter), since, until]
    const rows = await this.#read<OutboxRow & { txid: string; pos: string }>(tenantId, outbox, values)
    return pageOf(
      rows,
      page,
      ({ txid: _txid, pos: _pos, ...row }) => row,
      (row) => [row.txid, row.pos],
    )
  }

  async outboxEntry(tenantId: string, id: string): Promise<OutboxEntry | null> {
    if (!isUuid(id)) return null
    const [row] = await this.#read<OutboxEntryRow>(tenantId, outboxEntry, [tenantId, id])
    return row === undefined ? null : outboxEntryOfRow(row)
  }

  async outboxStats(): Promise<OutboxStats> {
    return inRole(this.#relay, readOutboxStats)
  }

  async commands(tenantId: string, filter: CommandFilter, page: PageRequest): Promise<Page<CommandView>> {
    const [at, id] = rowCursor(page.cursor) ?? [null, null]
    const { state = null, integration = null, since = null, until = null } = filter
    const values = [tenantId, state, integration, keyOf(filter), at, id, rowsWanted(page), since, until]
    const rows = await this.#read<CommandViewRow>(tenantId, sql.commands, values)
    return pageOf(rows, page, commandView, (row) => [row.created_at, row.id])
  }

  async command(tenantId: string, id: string): Promise<CommandView | null> {
    if (!isUuid(id)) return null
    const [row] = await this.#read<CommandViewRow>(tenantId, sql.commandById, [tenantId, id])
    return row === undefined ? null : commandView(row)
  }

  async deadLetters(
    tenantId: string,
    filter: DeadLetterFilter,
    page: PageRequest,
  ): Promise<Page<DeadLetter>> {
    const [at, id] = rowCursor(page.cursor) ?? [null, null]
    const { status = null, integration = null, fingerprint = null } = filter
    const values = [
      tenantId,
      status,
      filter.class ?? null,
      integration,
      fingerprint,
      at,
      id,
      rowsWanted(page),
      filter.source ?? null,
      filter.code ?? null,
      keyOf(filter),
      filter.since ?? null,
      filter.until ?? null,
    ]
    const rows = await this.#read<DeadLetter>(tenantId, sql.deadLetters, values)
    return pageOf(
      rows,
      page,
      (row) => row,
      (row) => [row.createdAt, row.id],
    )
  }

  async deadLetter(tenantId: string, id: string): Promise<DeadLetter | null> {
    if (!isUuid(id)) return null
    const [row] = await this.#read<DeadLetter>(tenantId, sql.deadLetterById, [tenantId, id])
    return row ?? null
  }

  async daemonsAlive(): Promise<number> {
    return inRole(this.#relay, async (client) => {
      const [row] = await run<{ alive: number }>(client, sql.daemonsAlive, [])
      return row?.alive ?? 0
    })
  }

  async counts(tenantId: string): Promise<TenantCounts> {
    const [row] = await this.#read<TenantCounts>(tenantId, sql.counts, [tenantId])
    const zero = { waiting: 0, ready: 0, leased: 0, in_doubt: 0, succeeded: 0, dead: 0, cancelled: 0 }
    const found = row as TenantCounts
    return { ...found, commands: { ...zero, ...found.commands } }
  }

  async #read<Row extends object>(
    tenantId: string,
    statement: Statement,
    values: readonly unknown[],
  ): Promise<readonly Row[]> {
    return inTenants(this.#app, [tenantId], async (client) => run<Row>(client, statement, values))
  }
}

interface DecisionRow {
  readonly event_id: string
  readonly entity_version: number
  readonly config_digest: string
  readonly changes: TracedDecision['changes']
  readonly trace: TracedDecision['trace']
  readonly decided_at: string
}

function tracedDecision(row: DecisionRow): TracedDecision {
  return {
    eventId: row.event_id,
    version: row.entity_version,
    configDigest: row.config_digest,
    changes: row.changes,
    trace: row.trace,
    at: row.decided_at,
  }
}

function eventView(row: EventViewRow): EventView {
  return { ...eventOfRow(row), status: row.status }
}

function commandView(row: CommandViewRow): CommandView {
  return {
    command: commandOfRow(row),
    state: row.state,
    attempts: row.attempts,
    nextAttemptAt: row.next_attempt_at,
    sentAt: row.sent_at,
    endedAt: row.ended_at,
    error: row.error,
    result: row.result,
  }
}

function keyOf(filter: Pick<EventFilter, 'entity'>): string | null {
  const { entity } = filter
  return entity === undefined ? null : entityKey(entity.workspace, entity)
}

/** (txid, pos), both whole numbers. */
function logCursor(cursor: string | null): readonly string[] | null {
  const values = decodeCursor(cursor, 2)
  if (values?.some((value) => !/^\d{1,19}$/.test(value)) === true) throw badCursor()
  return values
}

/** (created_at, id). */
function rowCursor(cursor: string | null): readonly string[] | null {
  const values = decodeCursor(cursor, 2)
  if (values === null) return null
  const [at = '', id = ''] = values
  if (Number.isNaN(Date.parse(at)) || !isUuid(id)) throw badCursor()
  return values
}
