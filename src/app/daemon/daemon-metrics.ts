import { Counter, Gauge, collectDefaultMetrics } from 'prom-client'
import type { Registry } from 'prom-client'

/** A group of running totals: `{applied: 12, duplicates: 0}`. */
type Totals = Readonly<Record<string, number>>

export interface DaemonSources {
  /** Group name -> its totals, read when metrics are asked for. */
  readonly totals: Readonly<Record<string, () => Totals>>
  /** Loop name -> seconds since its last successful round; null before the first. */
  readonly loopAges: () => Readonly<Record<string, number | null>>
  readonly shardsOwned: () => number
  readonly callsInFlight: () => number
  /** Rollouts under way that this daemon knows of. */
  readonly liveRollouts: () => number
  readonly intakeWaiting: () => number
  readonly poolConnections: () => Readonly<Record<string, Readonly<Record<string, number>>>>
}

/** The daemon in numbers. Labels name parts of the daemon, never tenants or ids. */
export function registerDaemonMetrics(registry: Registry, sources: DaemonSources): void {
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  for (const [group, read] of Object.entries(sources.totals)) registerTotals(registers, group, read)
  new Gauge({
    name: 'neuronx_loop_last_success_age_seconds',
    help: 'Seconds since a background loop last finished a round; alarm at three times its period',
    labelNames: ['loop'],
    registers,
    collect() {
      for (const [loop, age] of Object.entries(sources.loopAges())) if (age !== null) this.set({ loop }, age)
    },
  })
  new Gauge({
    name: 'neuronx_shards_owned',
    help: 'Shards that this daemon works on',
    registers,
    collect() {
      this.set(sources.shardsOwned())
    },
  })
  new Gauge({
    name: 'neuronx_live_rollouts',
    help: 'Rollouts under way that this daemon serves its part of',
    registers,
    collect() {
      this.set(sources.liveRollouts())
    },
  })
  new Gauge({
    name: 'neuronx_calls_in_flight',
    help: 'Calls to integrations under way',
    registers,
    collect() {
      this.set(sources.callsInFlight())
    },
  })
  new Gauge({
    name: 'neuronx_intake_waiting_events',
    help: 'Incoming events that wait for a transaction; above the limit senders get 429',
    registers,
    collect() {
      this.set(sources.intakeWaiting())
    },
  })
  new Gauge({
    name: 'neuronx_db_pool_connections',
    help: 'Database connections by role and state',
    labelNames: ['role', 'state'],
    registers,
    collect() {
      for (const [role, states] of Object.entries(sources.poolConnections())) {
        for (const [state, count] of Object.entries(states)) this.set({ role, state }, count)
      }
    },
  })
}

/** One counter per group, its members as a label. Counters only grow, so the difference to the last reading is added. */
function registerTotals(registers: Registry[], group: string, read: () => Totals): void {
  const seen: Record<string, number> = {}
  new Counter({
    name: `neuronx_${group}_total`,
    help: `What the ${group.replaceAll('_', ' ')} has done since this process started`,
    labelNames: ['what'],
    registers,
    collect() {
      for (const [what, total] of Object.entries(read())) {
        this.inc({ what }, Math.max(0, total - (seen[what] ?? 0)))
        seen[what] = total
      }
    },
  })
}
