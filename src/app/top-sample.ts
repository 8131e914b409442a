import type { Clock } from '../kernel/clock.ts'
import type { CommandState } from '../messaging/commands/command.ts'
import type { MessagingReader, TenantCounts } from '../messaging/reading/event-reader.ts'
import type { Tenant } from '../platform/tenants/tenant.ts'

/** One tenant at one moment. Rates are over the time since the sample before; null in the first. */
export interface TopTenant {
  readonly slug: string
  readonly status: Tenant['status']
  readonly eventsAccepted: number
  readonly eventsPerSecond: number | null
  readonly commands: Readonly<Record<CommandState, number>>
  readonly deadLettersOpen: number
  readonly workflowsWaiting: number
}

/** The installation at one moment. */
export interface TopSample {
  readonly at: string
  readonly eventsPerSecond: number | null
  readonly outboxPending: number
  readonly outboxOldestMs: number | null
  readonly commands: Readonly<Record<CommandState, number>>
  readonly deadLettersOpen: number
  readonly workflowsWaiting: number
  readonly tenants: readonly TopTenant[]
}

/** The most tenants of one sample. */
export const topTenantsMax = 50

interface Earlier {
  readonly monotonicMs: number
  readonly accepted: ReadonlyMap<string, number>
}

/** Takes samples and keeps what the next one needs for its rates. */
export class TopSampler {
  readonly #messages: MessagingReader
  readonly #clock: Clock
  #earlier: Earlier | null = null

  constructor(options: { messages: MessagingReader; clock: Clock }) {
    this.#messages = options.messages
    this.#clock = options.clock
  }

  async sample(tenants: readonly Tenant[]): Promise<TopSample> {
    const shown = tenants.slice(0, topTenantsMax)
    const monotonicMs = this.#clock.monotonicMs()
    const outbox = await this.#messages.outboxStats()
    const counts = await Promise.all(shown.map((tenant) => this.#messages.counts(tenant.id)))
    const earlier = this.#earlier
    const rows = shown.map((tenant, index) => tenantRow(tenant, counts[index], earlier, monotonicMs))
    this.#earlier = { monotonicMs, accepted: new Map(rows.map((row) => [row.slug, row.eventsAccepted])) }
    return {
      at: this.#clock.now().toISOString(),
      eventsPerSecond: earlier === null ? null : sum(rows.map((row) => row.eventsPerSecond ?? 0)),
      outboxPending: outbox.pending,
      outboxOldestMs: outbox.oldestMs,
      commands: addCommands(rows.map((row) => row.commands)),
      deadLettersOpen: sum(rows.map((row) => row.deadLettersOpen)),
      workflowsWaiting: sum(rows.map((row) => row.workflowsWaiting)),
      tenants: rows,
    }
  }
}

const noCommands: Readonly<Record<CommandState, number>> = {
  waiting: 0,
  ready: 0,
  leased: 0,
  in_doubt: 0,
  succeeded: 0,
  dead: 0,
  cancelled: 0,
}

function tenantRow(
  tenant: Tenant,
  counts: TenantCounts | undefined,
  earlier: Earlier | null,
  monotonicMs: number,
): TopTenant {
  const eventsAccepted = counts?.eventsAccepted ?? 0
  const before = earlier?.accepted.get(tenant.slug)
  const seconds = earlier === null ? 0 : (monotonicMs - earlier.monotonicMs) / 1_000
  return {
    slug: tenant.slug,
    status: tenant.status,
    eventsAccepted,
    eventsPerSecond:
      before === undefined || seconds <= 0 ? null : round1(Math.max(0, eventsAccepted - before) / seconds),
    commands: counts?.commands ?? noCommands,
    deadLettersOpen: counts?.deadLettersOpen ?? 0,
    workflowsWaiting: counts?.workflowsWaiting ?? 0,
  }
}

function addCommands(
  all: readonly Readonly<Record<CommandState, number>>[],
): Readonly<Record<CommandState, number>> {
  const states = Object.keys(noCommands) as readonly CommandState[]
  return Object.fromEntries(
    states.map((state) => [state, sum(all.map((counts) => counts[state] ?? 0))]),
  ) as Record<CommandState, number>
}

function sum(numbers: readonly number[]): number {
  return round1(numbers.reduce((total, number) => total + number, 0))
}

function round1(number: number): number {
  return Math.round(number * 10) / 10
}
