import type pg from 'pg'
import type { Database } from '../../src/adapters/postgres/database.ts'
import { silentLogger } from '../../src/kernel/logger.ts'
import { derivedId } from '../../src/kernel/ids.ts'
import type { ShardLease } from '../../src/messaging/ownership/shard-leases.ts'
import { EventProcessor } from '../../src/sales-core/processing/event-processor.ts'
import type { ManualClock } from '../fakes/manual-clock.ts'
import { incoming, request } from '../support/stores/intake.ts'
import type { CrashPlan } from './crash-plan.ts'
import { story, storyConfig } from './language-story.ts'
import type { StoryStep } from './language-story.ts'
import type { StoryVendor } from './story-vendor.ts'

export interface StoryStage {
  readonly database: Database
  /** Of a superuser, in the schema: looks behind the stores, and lets leases run out. */
  readonly behind: pg.Client
  readonly leases: readonly ShardLease[]
  readonly tenantId: string
  readonly clock: ManualClock
}

const roundsMax = 2_000

/**
 * Plays the story for one tenant on the real stores, one thing at a time, as a daemon that dies where the plan says and is
 * started again. Its clock stands so far back that by the database's every wait is over at once.
 */
export async function playStory(stage: StoryStage, plan: CrashPlan, vendor: StoryVendor): Promise<void> {
  for (const [index, step] of story.entries()) {
    for (const [nth, event] of (await eventsOf(step, stage)).entries()) {
      const id = derivedId('story', stage.tenantId, String(index), String(nth))
      const given = incoming({
        ...event,
        id,
        externalId: id,
        tenantId: stage.tenantId,
        correlationId: id,
        rootId: id,
      })
      const send = async (): Promise<void> => {
        await plan.wrap(stage.database.stores.intake).acceptAll([request(stage.tenantId, given)])
      }
      await survive(stage, plan, send)
      // A producer that got no answer sends the same again; here, always.
      await survive(stage, plan, send)
    }
    await rest(stage, plan, vendor)
  }
}

async function eventsOf(step: StoryStep, { behind, tenantId }: StoryStage) {
  if (step !== 'tasks are done') {
    const { type, lead, data } = step
    return [{ type, data, subject: { kind: 'lead', id: lead } }]
  }
  const { rows } = await behind.query<{ id: string }>(
    `select id from task where tenant_id = $1 and status = 'open' order by entity_key`,
    [tenantId],
  )
  return rows.map(({ id }) => ({
    type: 'task.completed',
    subject: { kind: 'task', id },
    data: { outcome: 'reached' },
  }))
}

/** Until nothing is left to do. After each death another process takes over with nothing in its memory. */
async function rest(stage: StoryStage, plan: CrashPlan, vendor: StoryVendor): Promise<void> {
  for (let round = 0, busy = true; busy; round += 1) {
    if (round > roundsMax) throw new Error('The story does not come to rest')
    const daemon = new StoryDaemon(stage, plan, vendor)
    await survive(stage, plan, async () => {
      while (await daemon.step());
      busy = false
    })
  }
}

/** Does it. After a death, what was leased is free again before anybody else begins; whoever sees to that may die of it as well. */
async function survive(stage: StoryStage, plan: CrashPlan, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!plan.isDead) throw error
    plan.restart()
    const { behind, database } = stage
    await behind.query(
      `update command_lane set lease_until = clock_timestamp() - interval '1 s' where state = 'leased'`,
    )
    const commands = plan.wrap(database.stores.commands)
    await survive(stage, plan, async () => void (await commands.recoverExpired()))
    await behind.query(
      `update command_lane set look_at = case when state = 'in_doubt' then clock_timestamp() end,
         next_attempt_at = least(next_attempt_at, clock_timestamp())`,
    )
  }
}

class StoryDaemon {
  readonly #stage: StoryStage
  readonly #stores: Database['stores']
  readonly #processor: EventProcessor
  readonly #vendor: StoryVendor

  constructor(stage: StoryStage, plan: CrashPlan, vendor: StoryVendor) {
    const { stores } = stage.database
    const names = ['decisions', 'timers', 'commands', 'doubts'] as const
    const wrapped = Object.fromEntries(names.map((name) => [name, plan.wrap(stores[name])]))
    this.#stage = stage
    this.#vendor = vendor
    this.#stores = { ...stores, ...wrapped }
    this.#processor = new EventProcessor({
      store: this.#stores.decisions,
      configs: {
        configFor: async () => ({ config: storyConfig(), unknownEvents: 'accept' }),
        document: async () => null,
      },
      clock: stage.clock,
      logger: silentLogger,
      random: () => 0.5,
    })
  }

  /** One thing, the most pressing first. False: there is nothing to do. */
  async step(): Promise<boolean> {
    return (
      (await this.#applyNext()) || (await this.#lookUp()) || (await this.#dispatch()) || (await this.#fire())
    )
  }

  async #applyNext(): Promise<boolean> {
    const { behind, tenantId, leases } = this.#stage
    const { rows } = await behind.query<{ key: string; applied: number }>(
      `select h.entity_key as key, coalesce(e.applied_seq, 0)::integer as applied from entity_head h
       left join entity e on e.tenant_id = h.tenant_id and e.entity_key = h.entity_key
       where h.tenant_id = $1 and h.seq > coalesce(e.applied_seq, 0) order by h.entity_key limit 1`,
      [tenantId],
    )
    const [next] = rows
    if (next === undefined) return false
    const events = await this.#stores.outbox.entityRange(
      tenantId,
      next.key,
      next.applied + 1,
      next.applied + 2,
    )
    await this.#processor.process(events, leases)
    return true
  }

  async #dispatch(): Promise<boolean> {
    const { commands } = this.#stores
    const [leased] = await commands.claim({
      daemonId: 'a',
      max: 1,
      leaseMs: 600_000,
      share: async () => ({
        room: 1,
        perSecond: 10_000,
        burst: 10_000,
        weight: 1,
        tenantInFlight: 0,
        tenantRoom: 1,
      }),
    })
    if (leased === undefined) return false
    if (leased.command.repeatable === 'no' && !(await commands.markSent([leased])).has(leased.command.id))
      return true
    await commands.settle([this.#vendor.take(leased)])
    return true
  }

  /** What is in doubt shows on the other side. */
  async #lookUp(): Promise<boolean> {
    const { doubts } = this.#stores
    const [doubt] = await doubts.takeDoubts({ max: 1, leaseMs: 1 })
    if (doubt === undefined) return false
    const evidence = 'Looked up'
    await doubts.settleDoubt(
      doubt,
      this.#vendor.has(doubt.leased.command.idempotencyKey)
        ? { state: 'happened', result: { ok: true }, evidence }
        : { state: 'did_not_happen', evidence },
    )
    return true
  }

  async #fire(): Promise<boolean> {
    const shards = this.#stage.leases.map(({ shard }) => shard)
    // Rules wait from when their event was accepted, which the database says.
    await this.#stage.behind.query(
      `update rule_wait set due_at = due_at - interval '30 d', fire_at = fire_at - interval '30 d' where fire_at > clock_timestamp()`,
    )
    return (await this.#stores.timers.fireDue(shards, 1)) > 0
  }
}
