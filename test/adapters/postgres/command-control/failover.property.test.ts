import { expect } from 'chai'
import fc from 'fast-check'
import type { LeasedCommand } from '../../../../src/messaging/commands/command.ts'
import type { SettledAttempt, Settlement } from '../../../../src/messaging/commands/command-queue.ts'
import type { CallReport } from '../../../../src/messaging/commands/gate.ts'
import { querySuperuser } from '../../../support/database.ts'
import { claimSome, reported, vendorError } from '../../../support/stores/queue.ts'
import { createTenant, testActor } from '../../../support/stores/tenants.ts'
import { openTestQueue } from '../../../support/stores/test-queue.ts'
import type { TestQueue } from '../../../support/stores/test-queue.ts'
import { carrier, failoverOver, firstCarrier, plansOver, textMessage } from './failover-setup.ts'

/** How a vendor behaves: it may do what it is asked and still not say so. */
const moods = ['up', 'refuses', 'paused', 'lost_before', 'lost_after'] as const
type Mood = (typeof moods)[number]
type Vendor = 'first' | 'second'

type Step =
  | { readonly do: 'send'; readonly lead: number; readonly keyed: boolean }
  | { readonly do: 'mood'; readonly vendor: Vendor; readonly mood: Mood }
  /** Claimed and called; `killed`: the daemon dies before, or after, the call. */
  | { readonly do: 'dispatch'; readonly killed: 'no' | 'before' | 'after'; readonly max: number }
  | { readonly do: 'recover' | 'failover' | 'two_failovers' | 'probe' | 'off' | 'on' | 'give_up' | 'replay' }

const vendor = fc.constantFrom<Vendor>('first', 'first', 'second')
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('send' as const), lead: fc.nat(2), keyed: fc.boolean() }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('mood' as const), vendor, mood: fc.constantFrom(...moods) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('dispatch' as const),
      killed: fc.constantFrom('no' as const, 'no' as const, 'before' as const, 'after' as const),
      max: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 9, arbitrary: fc.record({ do: fc.constantFrom('failover' as const, 'two_failovers' as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom(...(['recover', 'recover', 'probe', 'off', 'on', 'give_up', 'replay'] as const)),
    }),
  },
)

/** Two vendors, what they did, and a queue before them. */
class World {
  readonly moods: Record<Vendor, Mood> = { first: 'lost_after', second: 'up' }
  /** Message -> what was done of it: vendor and key, for a vendor that knows keys does nothing twice. */
  readonly done = new Map<string, string[]>()
  readonly sent: string[] = []
  readonly opened: TestQueue
  readonly tenantId: string

  constructor(opened: TestQueue, tenantId: string) {
    this.opened = opened
    this.tenantId = tenantId
  }

  async run(one: Step): Promise<void> {
    const { stores } = this.opened.database
    switch (one.do) {
      case 'send': {
        const how = one.keyed
          ? ({ operation: 'keyed', repeatable: 'yes' } as const)
          : ({ operation: 'once', repeatable: 'no' } as const)
        const channel = one.keyed ? 'rcs' : 'sms'
        const id = String(this.sent.length)
        const message = textMessage(this.tenantId, String(one.lead), {
          ...how,
          input: { to: '+1', text: id, channel },
        })
        this.sent.push(id)
        return await this.opened.enqueue(message)
      }
      case 'mood':
        this.moods[one.vendor] = one.mood
        return
      case 'dispatch':
        return await this.dispatch(one.max, one.killed)
      case 'recover':
        await this.sql(`update command_lane set lease_until = now() - interval '1 s' where state = 'leased'`)
        await stores.commands.recoverExpired()
        return
      case 'failover':
        await this.failover()
        return
      case 'two_failovers':
        await Promise.all([this.failover(), this.failover(), this.dispatch(2, 'no')])
        return
      case 'probe':
        return await this.openGates()
      case 'off':
        await stores.integrationControl.switchOff(this.tenantId, 'first', 'me', 'test')
        return
      case 'on':
        await stores.integrationControl.switchOn(this.tenantId, 'first', 'me', null)
        return
      case 'give_up':
        await this.sql(
          `update dispatch_gate set shut_since = now() - interval '2 days' where shut_since is not null`,
        )
        await stores.commands.giveUp(0)
        return
      case 'replay':
        return await this.replay()
    }
  }

  async failover(): Promise<number> {
    const off = { on: ['down', 'credentials', 'quota', 'off'] }
    return await failoverOver(this.opened, plansOver([firstCarrier(off), carrier('second')])).round()
  }

  /** As the dispatcher: what may not be repeated is marked as sent before the call. */
  async dispatch(max: number, killed: 'no' | 'before' | 'after'): Promise<void> {
    const { commands } = this.opened.database.stores
    const claimed = await claimSome(commands, max)
    const once = claimed.filter(({ command }) => command.repeatable === 'no')
    const marked = await commands.markSent(once)
    const callable = claimed.filter(({ command }) => command.repeatable === 'yes' || marked.has(command.id))
    if (killed === 'before') return
    const ends = callable.map((leased) => this.call(leased))
    if (killed === 'no') await commands.settle(ends)
  }

  call(leased: LeasedCommand): SettledAttempt {
    const { integration, idempotencyKey, repeatable, input } = leased.command
    const mood = this.moods[integration as Vendor]
    if (mood === 'up' || mood === 'lost_after') {
      const text = String(input['text'])
      const effect = `${integration} ${idempotencyKey}`
      const before = this.done.get(text) ?? []
      if (repeatable === 'no' || !before.includes(effect)) this.done.set(text, [...before, effect])
    }
    const [settlement, report] = endOf(mood, repeatable === 'yes')
    return { leased, settlement, report }
  }

  async openGates(): Promise<void> {
    await this.sql(
      `update dispatch_gate set not_before = now(), tokens = 1000, ramp_from = null where reason <> 'NX-INTEGRATION-OFF'`,
    )
    await this.sql(`update command_lane set next_attempt_at = now() where state = 'ready'`)
  }

  /** Never a doubt: only a person may do that. */
  async replay(): Promise<void> {
    const letters = await this.sql<{ id: string }>('select id from dead_letter')
    const ids = letters.map(({ id }) => id)
    const { deadLetters } = this.opened.database.stores
    await deadLetters.replay(this.tenantId, ids, { includeInDoubt: false }, testActor, null)
  }

  /** A person settles every doubt by what the vendors really did. */
  async settleDoubts(): Promise<number> {
    const rows = await this.sql<{ id: string; text: string; integration: string; idempotency_key: string }>(
      `select c.id, c.input->>'text' as text, c.integration, c.idempotency_key from command_lane l join command c on c.id = l.command_id where l.state = 'in_doubt'`,
    )
    for (const { id, text, integration, idempotency_key: key } of rows) {
      const did = this.done.get(text)?.includes(`${integration} ${key}`) === true
      const as = did ? ({ outcome: 'succeeded', result: {} } as const) : ({ outcome: 'retry' } as const)
      await this.opened.database.stores.commandControl.settle(this.tenantId, id, as, 'me', 'looked')
    }
    return rows.length
  }

  async sql<Row extends object>(text: string): Promise<readonly Row[]> {
    return await querySuperuser<Row>(this.opened.test, text)
  }
}

function endOf(mood: Mood, repeatable: boolean): [Settlement, CallReport] {
  const lost: Settlement = repeatable
    ? { state: 'retry', error: vendorError, delayMs: 0, spendsAttempt: true, durationMs: 1 }
    : { state: 'in_doubt', error: vendorError, durationMs: 1 }
  const parked: Settlement = {
    state: 'retry',
    error: vendorError,
    delayMs: 0,
    spendsAttempt: false,
    durationMs: 1,
  }
  switch (mood) {
    case 'up':
      return [{ state: 'succeeded', result: {}, durationMs: 1 }, reported()]
    case 'refuses':
      return [parked, reported({ health: 'credentials', reason: 'NX-CALL-CREDENTIALS' })]
    case 'paused':
      return [parked, reported({ pauseMs: 3_600_000, reason: 'NX-CALL-QUOTA' })]
    case 'lost_before':
    case 'lost_after':
      return [lost, reported({ health: 'down', reason: 'NX-CALL-NO-ANSWER', pauseMs: 3_600_000 })]
  }
}

describe('failover, whatever happens', () => {
  let opened: TestQueue
  before(async () => {
    opened = await openTestQueue()
  })
  after(async () => opened.close())

  it('does every message once at most, forgets none, and in the end does each exactly once', async () => {
    const { id: tenantId } = await createTenant(opened.database)
    let moved = 0
    const property = fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 35 }), async (steps) => {
      await opened.reset()
      const world = new World(opened, tenantId)
      for (const one of steps) {
        await world.run(one)
        for (const [text, effects] of world.done)
          expect(effects, `message ${text}: ${effects.join(', ')}`).to.have.length(1)
      }
      moved += await movedIn(world)
      await everythingIsWell(world)
      for (const text of world.sent) expect(world.done.get(text), `message ${text}`).to.have.length(1)
      expect(await lost(world)).to.deep.equal([])
    })
    await fc.assert(property, { numRuns: 30, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: false })
    expect(moved).to.be.greaterThan(5)
  }).timeout(120_000)
})

/** Both vendors are up, a person settles what is in doubt and replays what died, and daemons work until nothing is left. */
async function everythingIsWell(world: World): Promise<void> {
  world.moods.first = 'up'
  world.moods.second = 'up'
  for (let left = 1, rounds = 0; left > 0 && rounds < 80; rounds += 1) {
    for (const what of ['on', 'recover', 'replay', 'probe'] as const) await world.run({ do: what })
    const settled = await world.settleDoubts()
    await world.dispatch(20, 'no')
    const [row] = await world.sql<{ open: number }>('select count(*)::integer as open from command_lane')
    left = (row?.open ?? 0) + settled
  }
}

async function movedIn(world: World): Promise<number> {
  const rows = await world.sql(`select id from command where integration = 'second'`)
  return rows.length
}

/** Commands that neither wait, nor ended, nor were replaced by one that exists. */
async function lost(world: World): Promise<readonly object[]> {
  return await world.sql(
    `select c.id, o.state from command c left join command_outcome o on o.command_id = c.id
     where o.state is null or (o.state = 'cancelled' and (select count(*) from command i where i.parent_id = c.id) <> 1)
       or (o.state = 'dead')`,
  )
}
