import type pg from 'pg'
import { PostgresCommandQueue } from '../../../src/adapters/postgres/commands/postgres-command-queue.ts'
import { PostgresDecisionStore } from '../../../src/adapters/postgres/decisions/postgres-decision-store.ts'
import { PostgresEventIntakeStore } from '../../../src/adapters/postgres/events/postgres-event-intake-store.ts'
import { PostgresEventLogOutbox } from '../../../src/adapters/postgres/events/postgres-event-log-outbox.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import { NxError } from '../../../src/kernel/errors.ts'
import type { JsonObject } from '../../../src/kernel/json.ts'
import { decodeWireEvent } from '../../../src/messaging/events/wire-event.ts'
import { toIncoming } from '../../../src/messaging/intake/event-draft.ts'
import type { ShardLease } from '../../../src/messaging/ownership/shard-leases.ts'
import type { EventOutcome, LoadedEntity } from '../../../src/sales-core/processing/decision-store.ts'
import type { FloorPools } from './floor-database.ts'
import { sampleDecision } from './sample-decision.ts'

interface Sent {
  readonly text: string
  /** The parameters of each time it was sent. */
  readonly values: (readonly unknown[])[]
}

/**
 * The statements of neuronx with the rows it writes, as its own stores send them. They are learned by carrying one event
 * through the stores while the connections are listened to, so that the floor cannot drift from what it is the floor of.
 */
export class LearnedSql {
  readonly #sent: ReadonlyMap<string, Sent>

  constructor(sent: ReadonlyMap<string, Sent>) {
    this.#sent = sent
  }

  /** The statements, in the order in which they were first sent. */
  get names(): readonly string[] {
    return [...this.#sent.keys()]
  }

  async run<Row extends object>(
    client: pg.ClientBase | pg.Pool,
    name: string,
    values: readonly unknown[],
  ): Promise<readonly Row[]> {
    const { rows } = await client.query<Row>({ name, text: this.#find(name).text, values: [...values] })
    return rows
  }

  /** The first row that was handed to the statement as JSON the `nth` time it was sent. */
  row(name: string, nth = 0): JsonObject {
    const [row] = JSON.parse(String(this.#find(name).values[nth]?.[0])) as JsonObject[]
    if (row === undefined) throw notLearned(name)
    return row
  }

  #find(name: string): Sent {
    const sent = this.#sent.get(name)
    if (sent === undefined) throw notLearned(name)
    return sent
  }
}

/** Carries one event from the intake to its settled command, through the stores, without calling anybody. */
export async function learnSql(
  pools: FloorPools,
  tenantId: string,
  leases: readonly ShardLease[],
): Promise<LearnedSql> {
  const sent = new Map<string, Sent>()
  const listening = { app: listen(pools.app, sent), relay: listen(pools.relay, sent) }
  const now = systemClock.now()
  const incoming = toIncoming(
    {
      source: 'bench',
      externalId: 'learned',
      type: 'lead.created',
      subject: { kind: 'lead', id: 'learned' },
      time: null,
      data: { name: 'Lead number 0', email: 'learned@example.com', source: 'website' },
      correlationId: null,
    },
    { tenantId, workspace: 'default', now, horizonMs: 86_400_000, onConflict: 'conflict' },
  )
  await new PostgresEventIntakeStore(listening.app).acceptAll([
    { tenantId, events: [incoming], deadLetters: [] },
  ])
  const outbox = new PostgresEventLogOutbox(listening)
  const published = await outbox.unpublished(leases, 1)
  const lease = leases.find(({ shard }) => shard === published[0]?.shard)
  const [outgoing] = published
  if (outgoing === undefined || lease === undefined) throw notLearned('outbox_unpublished')
  await outbox.advance([{ lease, to: outgoing.position }])
  await new PostgresDecisionStore(listening.app).apply([decodeWireEvent(outgoing.message)], leases, decideAll)
  const commands = new PostgresCommandQueue(listening, systemClock)
  const claimed = await commands.claim({
    daemonId: floorDaemonId,
    max: 1,
    share: async () => ({
      room: 1,
      perSecond: 1_000,
      burst: 1_000,
      weight: 1,
      tenantInFlight: 0,
      tenantRoom: 1,
    }),
    leaseMs: 30_000,
  })
  await commands.settle(
    claimed.map((leased) => ({
      leased,
      settlement: { state: 'succeeded' as const, result: { status: 200 }, durationMs: 1 },
    })),
  )
  return new LearnedSql(sent)
}

export const floorDaemonId = '00000000-0000-7000-8000-000000000001'

async function decideAll(loaded: readonly LoadedEntity[]): Promise<readonly EventOutcome[]> {
  return loaded.flatMap(({ entity, events }) =>
    events.map((event) => ({
      event,
      state: 'decided' as const,
      decision: sampleDecision(event, entity),
      decidedAt: systemClock.now(),
      deadLetters: [],
    })),
  )
}

/** The same pool, with an ear on the named statements that go through it. */
function listen(pool: pg.Pool, sent: Map<string, Sent>): pg.Pool {
  const note = (statement: unknown): void => {
    const { name, text, values } = statement as { name?: string; text?: string; values?: unknown[] }
    if (name === undefined || text === undefined) return
    const known = sent.get(name) ?? { text, values: [] }
    known.values.push(values ?? [])
    sent.set(name, known)
  }
  return heard(pool, {
    query: (statement: unknown) => {
      note(statement)
      return pool.query(statement as string)
    },
    connect: async () => {
      const client = await pool.connect()
      return heard(client, {
        query: (statement: unknown) => {
          note(statement)
          return client.query(statement as string)
        },
      })
    },
  })
}

/** `target` with some of its methods replaced. */
function heard<Target extends object>(target: Target, methods: Readonly<Record<string, unknown>>): Target {
  return new Proxy(target, {
    get: (object, property) => {
      const own = methods[String(property)]
      if (own !== undefined) return own
      const value: unknown = Reflect.get(object, property)
      return typeof value === 'function' ? (value.bind(object) as unknown) : value
    },
  })
}

function notLearned(name: string): NxError {
  return new NxError('bug', 'NX-BENCH-FLOOR', `The stores of neuronx did not send '${name}'`, {
    detail: 'The floor was written for other statements than neuronx uses now.',
    fix: 'Bring bench/pipeline/floor up to date with src/adapters/postgres.',
  })
}
