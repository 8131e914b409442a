import pg from 'pg'
import { percentile } from '../pipeline/harness/percentile.ts'
import { cpuSeconds } from '../pipeline/harness/process-usage.ts'
import { openSurroundings } from '../pipeline/harness/surroundings.ts'
import type { ServicePids } from '../pipeline/harness/surroundings.ts'
import type { OutboxContestant, OutboxVariant, RunningOutbox } from './outbox-contestant.ts'

export interface DrainFigures {
  readonly events: number
  readonly eventsPerSecond: number
  /** CPU seconds per 1,000 events. */
  readonly cpuPer1000: { readonly system: number; readonly postgres: number; readonly nats: number }
  /** What was not as it must be; empty when every event left one of each. */
  readonly failures: readonly string[]
}

export interface HeldFigures {
  readonly perSecond: number
  readonly heldSeconds: number
  /** Milliseconds from put in to committed, before the snapshot was taken and in the last ten seconds of it. */
  readonly before: { readonly p50: number; readonly p99: number }
  readonly held: { readonly p50: number; readonly p99: number }
  readonly failures: readonly string[]
}

const warmUpEvents = 1_000

type Use<Result> = (
  system: RunningOutbox,
  facts: { readonly services: ServicePids; readonly superuserUrl: string },
) => Promise<Result>

/** Runs a variant on services of its own. */
export async function withOutbox<Result>(
  contestant: OutboxContestant,
  variant: OutboxVariant,
  folder: string,
  use: Use<Result>,
): Promise<Result> {
  await using surroundings = await openSurroundings(folder, '', contestant.usesNats)
  await using system = await variant.start(surroundings.given)
  const superuserUrl = surroundings.given.postgres.superuserUrl('postgres')
  return await use(system, { services: surroundings.services, superuserUrl })
}

/** From a standing start to everything committed: the events are in the outbox (or queue) before the system starts working. */
export const measureDrain =
  (events: number): Use<DrainFigures> =>
  async (system, { services }) => {
    await system.preload('load', 0, events)
    const before = await usage(system.pid, services)
    const ms = await system.drain(events)
    const after = await usage(system.pid, services)
    const per1000 = (key: keyof typeof before): number => ((after[key] - before[key]) / events) * 1_000
    return {
      events,
      eventsPerSecond: (events / ms) * 1_000,
      cpuPer1000: { system: per1000('system'), postgres: per1000('postgres'), nats: per1000('nats') },
      failures: await failuresOf(system, events),
    }
  }

/** Latency at a steady rate without and with a snapshot that another connection holds open. */
export const measureHeld =
  (perSecond: number, heldSeconds: number): Use<HeldFigures> =>
  async (system, { superuserUrl }) => {
    await system.steady({ phase: 'warm', perSecond, seconds: Math.ceil(warmUpEvents / perSecond) + 3 })
    const before = await system.steady({ phase: 'before', perSecond, seconds: 10 })
    const holder = new pg.Client(superuserUrl)
    await holder.connect()
    await holder.query('begin isolation level repeatable read read only')
    await holder.query('select count(*) from pg_class')
    const held = await system.steady({ phase: 'held', perSecond, seconds: heldSeconds })
    await holder.query('commit')
    await holder.end()
    const late = held.filter(({ atSeconds }) => atSeconds >= heldSeconds - 10)
    const sums = (samples: readonly { readonly ms: number }[]) => ({
      p50: percentile(
        samples.map(({ ms }) => ms),
        0.5,
      ),
      p99: percentile(
        samples.map(({ ms }) => ms),
        0.99,
      ),
    })
    const total = perSecond * (Math.ceil(warmUpEvents / perSecond) + 3 + 10 + heldSeconds)
    return {
      perSecond,
      heldSeconds,
      before: sums(before),
      held: sums(late),
      failures: await failuresOf(system, total),
    }
  }

async function usage(pid: number, { postgres, nats }: ServicePids) {
  return {
    system: await cpuSeconds(pid),
    postgres: await cpuSeconds(postgres),
    nats: nats === null ? 0 : await cpuSeconds(nats),
  }
}

async function failuresOf(system: RunningOutbox, expected: number): Promise<readonly string[]> {
  const done = await system.count()
  return Object.entries(done)
    .filter(([, count]) => count !== expected)
    .map(([what, count]) => `${count} ${what} of ${expected}`)
}
