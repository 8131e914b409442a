import type { AlertCondition } from './alert.ts'
import type { AlertCode } from './alert-codes.ts'
import type { DaemonHealth, ObservedDaemon } from './daemon-health.ts'
import { listMax } from './installation-facts.ts'
import type { InstallationFacts } from './installation-facts.ts'
import { loopLateMs } from './loop-periods.ts'
import { age, conditionOf, seconds } from './observations.ts'
import type { Observations } from './observations.ts'
import { watchThresholds as limits } from './watch-thresholds.ts'

type Particular = Pick<AlertCondition, 'subject' | 'detail' | 'fix' | 'facts'>

/** What is wrong with the installation itself: its daemons, its database, its bus. No tenant's data is in any of it. */
export function machineryConditions(facts: InstallationFacts, seen: Observations): readonly AlertCondition[] {
  return [
    ...relayConditions(facts),
    ...pauseConditions(facts),
    ...unownedShards(seen),
    ...facts.daemons.flatMap((daemon) => daemonConditions(daemon, Date.parse(facts.at))),
    ...databaseConditions(facts),
    ...(seen.consumersAhead ?? []).map((shard) =>
      own('NX-ALERT-CONSUMER-AHEAD', {
        subject: `shard/${shard}`,
        detail: `The consumer of shard ${shard} waits for messages beyond the end of its stream: it delivers nothing`,
        fix: 'The daemons mend it within a minute; if it stays, delete the consumer on the bus: it is made anew',
        facts: { shard },
      }),
    ),
    ...facts.truncated.map((list) =>
      own('NX-ALERT-WATCH-LIMIT', {
        subject: `list/${list}`,
        detail: `More than ${listMax} entries of ${list}; those beyond raise no alerts of their own`,
        fix: 'Mend what is listed first: neuronx doctor',
        facts: { list, max: listMax },
      }),
    ),
  ]
}

function own(code: AlertCode, particular: Particular): AlertCondition {
  return conditionOf(code, { tenantId: null, ...particular })
}

function relayConditions({ fence, oldestUnpublishedMs }: InstallationFacts): readonly AlertCondition[] {
  const found: AlertCondition[] = []
  if (fence !== null && fence.ageMs > limits.fenceMs) {
    const who = fence.pid === null ? fence.application : `process ${fence.pid} (${fence.application})`
    found.push(
      own('NX-ALERT-FENCE', {
        subject: 'relay',
        detail: `${who} has had a transaction open for ${age(fence.ageMs)}, ${fence.state}; nothing committed since is published`,
        fix:
          fence.pid === null
            ? 'Commit or roll back the prepared transaction'
            : `End it: select pg_terminate_backend(${fence.pid})`,
        facts: {
          pid: fence.pid,
          application: fence.application,
          state: fence.state,
          seconds: seconds(fence.ageMs),
        },
      }),
    )
  }
  if (oldestUnpublishedMs !== null && oldestUnpublishedMs > limits.unpublishedMs) {
    found.push(
      own('NX-ALERT-UNPUBLISHED', {
        subject: 'relay',
        detail: `The oldest unpublished event was committed ${age(oldestUnpublishedMs)} ago`,
        fix: 'neuronx doctor says whether the bus, the daemons or a fence is the cause; neuronx outbox stats shows the shards',
        facts: { seconds: seconds(oldestUnpublishedMs) },
      }),
    )
  }
  return found
}

function pauseConditions({ outboxPauses, at }: InstallationFacts): readonly AlertCondition[] {
  return outboxPauses
    .map((pause) => ({ pause, ms: Date.parse(at) - Date.parse(pause.at) }))
    .filter(({ ms }) => ms > limits.pausedOutboxMs)
    .map(({ pause, ms }) => {
      const shards = pause.shards === null ? 'all shards' : `shards ${pause.shards.join(', ')}`
      return own('NX-ALERT-OUTBOX-PAUSED', {
        subject: `pause/${pause.at}`,
        detail: `${pause.by} paused ${shards} ${age(ms)} ago: ${pause.reason}`,
        fix: 'neuronx outbox resume',
        facts: { seconds: seconds(ms), until: pause.until },
      })
    })
}

/** One alert for all of them: they come and go together. */
function unownedShards({ unownedMs }: Observations): readonly AlertCondition[] {
  const late = [...unownedMs].filter(([, ms]) => ms > limits.shardUnownedMs).map(([shard]) => shard)
  if (late.length === 0) return []
  const shards = late.toSorted((a, b) => a - b)
  return [
    own('NX-ALERT-SHARD-UNOWNED', {
      subject: 'shards',
      detail: `${shards.length} of 64 shards have no owner: ${shards.join(', ')}`,
      fix: 'Start a daemon, or look at why the running ones take none: neuronx doctor',
      facts: { shards },
    }),
  ]
}

function daemonConditions(daemon: ObservedDaemon, nowMs: number): readonly AlertCondition[] {
  const { id, host, health } = daemon
  const name = `The daemon ${id} on ${host}`
  const found: AlertCondition[] = Object.entries(daemon.loopAgesMs).flatMap(([loop, ageMs]) => {
    const lateMs = ageMs ?? daemon.uptimeMs
    const limitMs = loopLateMs(loop)
    if (limitMs === null || lateMs <= limitMs) return []
    return [
      own('NX-ALERT-LOOP-LATE', {
        subject: `daemon/${id}/${loop}`,
        detail: `${name}: ${loop} last finished a round ${ageMs === null ? 'never' : `${age(lateMs)} ago`}`,
        fix: `Read its log for loop=${loop}; restart the daemon if it does not say why`,
        facts: { daemon: id, host, loop, seconds: seconds(lateMs) },
      }),
    ]
  })
  if (health === null) return found
  const { disk, skewMs, repaired } = health
  found.push(...refusedConditions(health))
  if (disk !== null && disk.sizeBytes > 0 && disk.freeBytes / disk.sizeBytes < limits.diskFreeShareMin) {
    found.push(
      own('NX-ALERT-DISK', {
        subject: `host/${host}`,
        detail: `${name}: ${Math.floor((100 * disk.freeBytes) / disk.sizeBytes)} % of the data directory's disk are free`,
        fix: 'Make room before the bus or the database stops taking writes',
        facts: { host, freeBytes: disk.freeBytes, sizeBytes: disk.sizeBytes },
      }),
    )
  }
  if (Math.abs(skewMs) > limits.clockSkewMs) {
    found.push(
      own('NX-ALERT-CLOCK-SKEW', {
        subject: `host/${host}`,
        detail: `${name} is ${age(Math.abs(skewMs))} ${skewMs > 0 ? 'ahead of' : 'behind'} the database`,
        fix: 'Have both machines follow NTP: timedatectl; chronyc tracking',
        facts: { host, skewMs },
      }),
    )
  }
  if (repaired.lastAt !== null && nowMs - Date.parse(repaired.lastAt) < limits.repairedForMs) {
    found.push(
      own('NX-ALERT-BUS-REPAIRED', {
        subject: `daemon/${id}`,
        detail: `${name} published ${repaired.events} events again that the bus had lost, the last at ${repaired.lastAt}`,
        fix: 'Nothing is lost. Look for a restart, a wiped disk or a full stream on the bus: neuronx doctor',
        facts: { daemon: id, host, events: repaired.events },
      }),
    )
  }
  return found
}

/** One for each shard: it stands still until its event is taken, the others go on. */
function refusedConditions({ refused }: DaemonHealth): readonly AlertCondition[] {
  return refused
    .filter(({ ms }) => ms > limits.refusedMs)
    .map(({ shard, eventId, why, tries, ms }) =>
      own('NX-ALERT-PUBLISH-REFUSED', {
        subject: `shard/${shard}`,
        detail: `Shard ${shard} has stood still for ${age(ms)}: the bus refused event ${eventId} ${tries} times (${why})`,
        fix: "Make the bus take it (max_payload and the stream's max_msg_size at least 800 KiB, permission to publish to nx.events.>): it goes on by itself within 30 s",
        facts: { shard, eventId, why, tries, seconds: seconds(ms) },
      }),
    )
}

function databaseConditions({
  partitionDaysAhead,
  ownCluster,
}: InstallationFacts): readonly AlertCondition[] {
  const found: AlertCondition[] = []
  if (partitionDaysAhead < limits.partitionDaysAheadMin) {
    found.push(
      own('NX-ALERT-PARTITIONS', {
        subject: 'partitions',
        detail: `There are partitions for ${Math.max(0, partitionDaysAhead)} more days; then nothing can be accepted`,
        fix: 'A daemon makes them every ten minutes: look for loop=maintenance in its log',
        facts: { daysAhead: partitionDaysAhead },
      }),
    )
  }
  if (!ownCluster) {
    found.push(
      own('NX-ALERT-RESTORED', {
        subject: 'cluster',
        detail:
          'The log was written in another cluster: its transaction ids may seem to lie in the future, and publishing would stall',
        fix: 'Stop the daemons, then: neuronx db rebase',
        facts: {},
      }),
    )
  }
  return found
}
