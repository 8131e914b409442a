import { silentLogger } from '../../../../src/kernel/logger.ts'
import type { EventBus } from '../../../../src/messaging/bus/event-bus.ts'
import { CrashGuard } from '../../../../src/messaging/consume/crash-guard.ts'
import { EventConsumer } from '../../../../src/messaging/consume/event-consumer.ts'
import { Dispatcher } from '../../../../src/messaging/dispatch/dispatcher.ts'
import { DoubtSettler } from '../../../../src/messaging/dispatch/doubt-settler.ts'
import { LeaseRecovery } from '../../../../src/messaging/dispatch/lease-recovery.ts'
import { IntakeBatcher } from '../../../../src/messaging/intake/intake-batcher.ts'
import { ShardOwner } from '../../../../src/messaging/ownership/shard-owner.ts'
import { Reconciler } from '../../../../src/messaging/relay/reconciler.ts'
import { Relay } from '../../../../src/messaging/relay/relay.ts'
import { EventProcessor } from '../../../../src/sales-core/processing/event-processor.ts'
import { TimerLoop } from '../../../../src/sales-core/processing/timer-loop.ts'
import { ScheduleLoop } from '../../../../src/sales-core/schedules/schedule-loop.ts'
import { shardCount } from '../../../../src/messaging/events/entity-key.ts'
import { BusConnection } from './bus-connection.ts'
import type { SimulatedBus } from './bus-connection.ts'
import { DatabaseConnection } from './database-connection.ts'
import type { SalesSetup } from './sales-setup.ts'
import type { SeededRandom } from '../../../support/seeded-random.ts'
import type { ShardLease } from '../../../../src/messaging/ownership/shard-leases.ts'
import { simulatedShards } from './simulated-database.ts'
import type { SimulatedDatabase } from './simulated-database.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import { openGate } from '../../../fakes/open-gate.ts'
import { SimulatedExecutor } from './vendor.ts'
import type { Vendor } from './vendor.ts'
import type { VirtualTime } from './virtual-time.ts'

export interface SimulatedWorld {
  readonly time: VirtualTime
  readonly random: SeededRandom
  readonly database: SimulatedDatabase
  readonly bus: SimulatedBus
  readonly vendor: Vendor
  /** What its tenant runs. */
  readonly sales: SalesSetup
}

/** The parts of one daemon, wired as the product wires them; every port leads into the simulation. */
export class SimulatedDaemon {
  readonly process: SimulatedProcess
  /** Does it take requests? */
  takes = true
  readonly intake: IntakeBatcher
  readonly reconciler: Reconciler
  readonly dispatcher: Dispatcher
  readonly relay: Relay
  readonly consumer: EventConsumer
  readonly processor: EventProcessor
  readonly #owner: ShardOwner
  readonly #services: { start(): Promise<void>; stop(): Promise<void> }[]

  constructor(process: SimulatedProcess, world: SimulatedWorld) {
    this.process = process
    const { clock } = process
    const crashPoints = process.crashPoints
    const logger = silentLogger
    const { time, random, database, vendor } = world
    const connection = new DatabaseConnection({ database, process, time, random })
    const bus = new BusConnection({ world: world.bus, process, time, random }) as unknown as EventBus
    const executor = new SimulatedExecutor({ vendor, process, time, random })
    const daemonId = process.name
    const owner: ShardOwner = new ShardOwner({
      store: connection.shardLeases,
      daemonId,
      host: 'simulated',
      version: '1',
      clock,
      logger,
      onChange: async (leases) => await consumer.follow(leases),
    })
    const leases = () => owner.current()
    const onLeaseLost = (): void => void owner.refresh()
    const relay = new Relay({
      ...{ outbox: connection.outbox, bus, leases, onLeaseLost, clock, logger, crashPoints },
      idleMs: 1_000,
    })
    const newEvents = (): void => {
      relay.wake()
      bus.nudge('events')
    }
    bus.onNudge('events', () => relay.wake())
    const dispatcher: Dispatcher = new Dispatcher({
      ...{ queue: connection.commands, executor, judge: openGate, daemonId, clock, logger, crashPoints },
      random: () => random.next(),
      onSettled: () => relay.wake(),
      idleMs: 2_000,
    })
    const wakeBoth = (): void => {
      dispatcher.wake()
      relay.wake()
    }
    const doubts = new DoubtSettler({
      ...{ doubts: connection.doubts, executor, clock, logger },
      onSettled: wakeBoth,
    })
    const configs = { configFor: async () => world.sales.config(), document: async () => null }
    const processor = new EventProcessor({
      ...{ store: connection.decisions, configs, clock, logger },
      random: () => random.next(),
      onApplied: ({ commands, emitted, timers: woken, fromOutside }) => {
        if (commands > 0) dispatcher.wake()
        if (emitted > 0) newEvents()
        timers.applied(woken, fromOutside)
      },
    })
    const guard = new CrashGuard({
      starts: connection.eventStarts,
      process: async (...batch) => await processor.process(...batch),
      putAside: async (...letter) => await processor.putAside(...letter),
      daemonId,
    })
    const consumer: EventConsumer = new EventConsumer({
      ...{ bus, leases, onLeaseLost, clock, logger, crashPoints },
      batchMax: 8,
      process: guard.process,
    })
    const timers: TimerLoop = new TimerLoop({
      ...{ timers: connection.timers, leases, clock, logger },
      onFired: newEvents,
    })
    const schedules = new ScheduleLoop({
      ...{ store: connection.schedules, configs, directory: { version: '1' }, clock, logger },
      leases: () => leases().flatMap(allShards),
      perSecond: () => 1_000,
      onFired: newEvents,
      pageMax: 2,
    })
    this.reconciler = new Reconciler({ events: connection.overdue, bus, leases, clock, logger })
    const recovery = new LeaseRecovery({
      queue: connection.commands,
      clock,
      logger,
      onRecovered: () => dispatcher.wake(),
    })
    this.intake = new IntakeBatcher({ store: connection.intake, onCommit: newEvents, clock })
    this.relay = relay
    this.dispatcher = dispatcher
    this.consumer = consumer
    this.processor = processor
    this.#owner = owner
    this.#services = [owner, relay, dispatcher, consumer, recovery, doubts, this.reconciler]
    if (world.sales.hasTimes) this.#services.push(timers, schedules)
  }

  /** As long as the database is away, starting is tried again, as a supervisor does. */
  start(): void {
    this.process.run(() => void this.#start())
  }

  /** Shards that it may work on now. */
  get shards(): number {
    return this.#owner.current().length
  }

  async stop(): Promise<void> {
    await this.process.run(async () => {
      this.takes = false
      await this.intake.drained()
      for (const service of this.#services.toReversed()) await service.stop().catch(() => {})
    })
  }

  async #start(): Promise<void> {
    for (const service of this.#services)
      for (;;) {
        try {
          await service.start()
          break
        } catch {
          await new Promise((resolve) => setTimeout(resolve, 500))
        }
      }
  }
}

/** Places of schedules are spread over all shards; there are fewer here. */
function allShards(lease: ShardLease): readonly ShardLease[] {
  return Array.from({ length: shardCount / simulatedShards }, (_, nth) => ({
    ...lease,
    shard: nth * simulatedShards + lease.shard,
  }))
}
