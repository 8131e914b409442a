import { Gauge } from 'prom-client'
import type { Registry } from 'prom-client'
import type { WatchView } from '../../platform/alerts/alert-watch.ts'
import { isCredentialReason } from '../../messaging/dispatch/failover.ts'
import { shardCount } from '../../messaging/events/entity-key.ts'

type Facts = WatchView['facts']

/** Name, help, and how it is read. Seconds, bytes, counts; no tenants and no ids. */
const figures: ReadonlyArray<readonly [string, string, (facts: Facts) => number]> = [
  [
    'neuronx_relay_fence_age_seconds',
    'Age of the oldest open transaction with writes: nothing committed after it began is published',
    ({ fence }) => (fence?.ageMs ?? 0) / 1_000,
  ],
  [
    'neuronx_relay_oldest_unpublished_age_seconds',
    'Age of the oldest event that is committed and not published; 0 when there is none',
    ({ oldestUnpublishedMs }) => (oldestUnpublishedMs ?? 0) / 1_000,
  ],
  [
    'neuronx_shards_unowned',
    'Shards on which no daemon works',
    ({ shardsOwned }) => shardCount - shardsOwned.length,
  ],
  ['neuronx_daemons_live', 'Daemons with a heartbeat', ({ daemons }) => daemons.length],
  [
    'neuronx_partition_days_ahead',
    'Days for which every partitioned table has partitions',
    (facts) => facts.partitionDaysAhead,
  ],
  [
    'neuronx_commands_in_doubt',
    'Commands of which nobody has known for five minutes whether they took effect; bounded',
    ({ inDoubt }) => sum(inDoubt),
  ],
  [
    'neuronx_commands_overdue',
    'Commands that have been due for five minutes while their integration takes calls; bounded',
    ({ overdue }) => sum(overdue),
  ],
  [
    'neuronx_commands_blocked_heads',
    'Commands at the head of a lane that have been failing for an hour; bounded',
    ({ blockedHeads }) => sum(blockedHeads),
  ],
  ['neuronx_dead_letters_open', 'Open dead letters; bounded', ({ letterGroups }) => sum(letterGroups)],
  [
    'neuronx_dead_letter_groups_open',
    'Groups of open dead letters with the same trouble; bounded',
    ({ letterGroups }) => letterGroups.length,
  ],
  [
    'neuronx_integrations_credentials_refused',
    'Integrations of tenants that refuse their credentials, or have none',
    ({ closedGates }) =>
      closedGates.filter((gate) => gate.breaker !== 'closed' && isCredentialReason(gate.reason)).length,
  ],
  [
    'neuronx_integration_logins_ending',
    'Logins of integrations that failed, fail to be refreshed, or end soon and nothing renews them; bounded',
    ({ credentials }) => credentials.length,
  ],
  [
    'neuronx_rules_tripped',
    'Rules of tenants that failed too often: what they would do is parked; bounded',
    ({ trippedRules }) => trippedRules.length,
  ],
  ['neuronx_jobs_paused_themselves', 'Jobs that paused themselves', ({ pausedJobs }) => pausedJobs.length],
  ['neuronx_outbox_pauses', 'Pauses of publishing in force', ({ outboxPauses }) => outboxPauses.length],
]

/**
 * What only the watching daemon knows: the others show no value for these. `view` null: this daemon does not watch now.
 */
export function registerWatchMetrics(
  registry: Registry,
  view: () => WatchView | null,
  nowMs: () => number,
): void {
  const registers = [registry]
  for (const [name, help, read] of figures) {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        const seen = view()
        if (seen === null) this.remove()
        else this.set(read(seen.facts))
      },
    })
  }
  new Gauge({
    name: 'neuronx_watch_age_seconds',
    help: 'Seconds since the watching daemon last looked at the installation',
    registers,
    collect() {
      const seen = view()
      if (seen === null) this.remove()
      else this.set((nowMs() - seen.atMs) / 1_000)
    },
  })
  registerAlerts(registers, view)
  registerByBreaker(registers, view)
}

function registerAlerts(registers: Registry[], view: () => WatchView | null): void {
  new Gauge({
    name: 'neuronx_alerts_open',
    help: 'Alerts that are not resolved, of all tenants and of the installation',
    labelNames: ['severity', 'code'],
    registers,
    collect() {
      this.reset()
      for (const { severity, code, count } of view()?.open ?? []) this.set({ severity, code }, count)
    },
  })
}

function registerByBreaker(registers: Registry[], view: () => WatchView | null): void {
  new Gauge({
    name: 'neuronx_integrations_shut',
    help: 'Integrations of tenants that take no calls, by the state of their breaker (closed: a pause was asked for); bounded',
    labelNames: ['breaker'],
    registers,
    collect() {
      this.reset()
      const seen = view()
      if (seen === null) return
      for (const breaker of ['closed', 'open', 'half_open'] as const)
        this.set({ breaker }, seen.facts.closedGates.filter((gate) => gate.breaker === breaker).length)
    },
  })
}

function sum(parts: ReadonlyArray<{ readonly count: number }>): number {
  return parts.reduce((total, { count }) => total + count, 0)
}
