import type { PageAnswer, PageAsk } from '../../../src/adapters/connectors/calls/read-page.ts'
import { compileIntegration } from '../../../src/adapters/connectors/compile-integrations.ts'
import type { Integration } from '../../../src/adapters/connectors/integration.ts'
import type { Database } from '../../../src/adapters/postgres/database.ts'
import { runTurn } from '../../../src/app/reconcile/run-turn.ts'
import type { TurnOutcome } from '../../../src/app/reconcile/run-turn.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import { newId } from '../../../src/kernel/ids.ts'
import type { JsonObject, JsonValue } from '../../../src/kernel/json.ts'
import type { IntakeResult } from '../../../src/messaging/intake/event-intake.ts'

export const ghlSpec = {
  apiVersion: 'neuronx/v1',
  kind: 'Integration',
  name: 'ghl',
  connector: 'gohighlevel',
  connection: { locationId: 'loc-1' },
  credentials: { accessToken: { secret: 'ghl-token' } },
  webhooks: {},
  reconcile: {},
} as const

/** A vendor, the door and the polls of one tenant, on a database. */
export class ReconcileHarness {
  readonly integration: Integration
  /** What the vendor shows: contacts by id, and messages. */
  readonly contacts = new Map<string, JsonObject>()
  readonly messages: JsonObject[] = []
  /** Asked of every page; gives the failure that is to be answered. */
  fails: ((asked: PageAsk) => PageAnswer | null) | null = null
  asked: PageAsk[] = []
  pageSize = 100
  readonly #database: Database
  readonly tenantId: string
  readonly #daemon = newId()

  constructor(database: Database, tenantId: string, integration = compileIntegration(ghlSpec)) {
    this.#database = database
    this.tenantId = tenantId
    this.integration = integration
  }

  async sync(streams: readonly string[] = ['contacts', 'messages']): Promise<void> {
    const common = { workspace: 'default', integration: 'ghl', everyMs: 60_000, webhooks: true }
    await this.#database.stores.reconcile.sync(
      this.tenantId,
      streams.map((stream) => ({ ...common, stream })),
      '1',
    )
  }

  /** Delivers a webhook as verified, and stores what comes of it. */
  async deliver(payload: JsonObject): Promise<IntakeResult | undefined> {
    const context = { tenantId: this.tenantId, workspace: 'default', now: new Date() }
    const translated = this.integration.webhooks?.translateStored({ payload }, context)
    if (translated == null) throw new Error('The payload cannot be read')
    const [result] = await this.#database.stores.intake.acceptAll([translated.request])
    return result
  }

  /** One turn of a stream. `dies`: between what is published and what is written down of it. null: it is not to be had. */
  async poll(stream = 'contacts', dies = false, since: string | null = null): Promise<TurnOutcome | null> {
    const { reconcile, intake } = this.#database.stores
    const place = { tenantId: this.tenantId, integration: 'ghl', stream }
    const held = await reconcile.beginNow(place, this.#daemon, 60_000)
    if (held === null) return null
    const outcome = await runTurn(
      held,
      {
        integrations: { integration: async () => this.integration },
        readPage: async (asked) => this.#page(asked),
        accept: async (request) => (await intake.acceptAll([request]))[0] as IntakeResult,
        clock: systemClock,
        crashPoints: {
          reach: () => {
            if (dies) throw new Error('It died')
          },
        },
      },
      new AbortController().signal,
      since === null ? null : { since, from: null },
    )
    if (dies) await this.expireLease(held.turn)
    else if (!(await reconcile.end(held, this.#daemon, outcome.end))) throw new Error('It was fenced')
    return dies ? null : outcome
  }

  /** What a dead daemon leaves behind: its lease runs out, nothing else. */
  async expireLease(turn: string): Promise<void> {
    const { reconcile } = this.#database.stores
    const [standing] = (await reconcile.standings(this.tenantId)).filter(
      ({ stream }) => stream === 'contacts',
    )
    const due = { tenantId: this.tenantId, integration: 'ghl', stream: 'contacts', turn }
    await reconcile.end(due, this.#daemon, {
      kind: 'poll',
      readUntil: standing?.readUntil ?? null,
      position: null,
      beganAt: null,
      found: 0,
      missed: 0,
      unmapped: 0,
      error: null,
      wakeInMs: 0,
    })
  }

  async events(): Promise<readonly { type: string; subject: string; data: JsonObject; time: string }[]> {
    const { items } = await this.#database.stores.messages.events(
      this.tenantId,
      {},
      { limit: 500, cursor: null },
    )
    return items.map(({ type, subject, data, time }) => ({
      type,
      subject: `${subject.kind}/${subject.id}`,
      data,
      time,
    }))
  }

  #page(asked: PageAsk): PageAnswer {
    this.asked.push(asked)
    const failure = this.fails?.(asked) ?? null
    if (failure !== null) return failure
    if (asked.operation === 'message.export') return page({ messages: this.messages })
    const changedAt = (item: JsonObject) => Date.parse(String(item['dateUpdated']))
    const [filter] = asked.input['filters'] as unknown as [{ value: { gte: number } }]
    const all = [...this.contacts.values()]
      .filter((item) => changedAt(item) >= filter.value.gte)
      .toSorted((one, other) => changedAt(other) - changedAt(one))
    const number = Number((asked.more?.body as JsonObject | undefined)?.['page'] ?? 1)
    return page({ contacts: all.slice((number - 1) * 100, number * 100) })
  }
}

function page(body: JsonValue): PageAnswer {
  return { state: 'page', body, headers: {} }
}
