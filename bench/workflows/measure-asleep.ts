import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { silentLogger } from '../../src/kernel/logger.ts'
import { shardCount } from '../../src/messaging/events/entity-key.ts'
import { startContestant } from '../outbox/contestants/child-contestant.ts'
import { neuronxStart } from '../outbox/contestants/neuronx.ts'
import type { NeuronxStart } from '../outbox/contestants/open-parts.ts'
import { install } from '../pipeline/contestants/installation.ts'
import { startDaemon, stopDaemon, untilReady } from '../pipeline/contestants/neuronx.ts'
import { leadId } from '../pipeline/harness/lead-events.ts'
import { monotonicMs } from '../pipeline/harness/monotonic-ms.ts'
import { percentile } from '../pipeline/harness/percentile.ts'
import { openSurroundings } from '../pipeline/harness/surroundings.ts'
import { cloneSleepers } from './contestants/clone-sleepers.ts'
import { configFolder } from './contestants/contestants.ts'

export interface AsleepFigures {
  readonly instances: number
  /** Resident memory of the daemon with nothing asleep, and with all of them. */
  readonly idleMb: number
  readonly asleepMb: number
  readonly overIdleMb: number
  /** Both questions of the timer loop when nothing is due, milliseconds. */
  readonly pollMs: number
  readonly pollP99Ms: number
  /** From the start of the process to 200 from /readyz. */
  readonly readySeconds: number
  /** On disk, entity and indexes included; these were built and not grown. */
  readonly bytesEach: number
}

const settleMs = 10_000
const polls = 300

/** The built daemon with so many instances asleep, beside itself with none. */
export async function measureAsleep(instances: number, folder: string): Promise<AsleepFigures> {
  await using surroundings = await openSurroundings(folder, '', true)
  const { given } = surroundings
  const installation = await install(given)
  const start = await neuronxStart(given, installation, configFolder)
  const one = new URL('contestants/neuronx-process.ts', import.meta.url)
  {
    await using system = await startContestant<NeuronxStart>(one, start)
    await system.preload('model', 0, 1)
  }
  const without = await run(installation.environment, given.folder)
  const { ownerUrl, tenantId } = start
  const wakeAt = `now() + interval '1 day' + n * interval '2 s'`
  await cloneSleepers(ownerUrl, { tenantId, count: instances, prefix: 'asleep-', wakeAt }, leadId('model', 0))
  const client = new pg.Client(ownerUrl)
  await client.connect()
  const { rows } = await client.query<{ bytes: string }>(
    `select sum(pg_total_relation_size(t))::text as bytes from unnest(array['neuronx.workflow_instance', 'neuronx.entity', 'neuronx.entity_head']::regclass[]) t`,
  )
  await client.end()
  const asleep = await run(installation.environment, given.folder)
  const { pollMs, pollP99Ms } = await measurePolls(start.databaseUrl)
  return {
    instances,
    idleMb: without.mb,
    asleepMb: asleep.mb,
    overIdleMb: asleep.mb - without.mb,
    pollMs,
    pollP99Ms,
    readySeconds: asleep.readySeconds,
    bytesEach: Math.round(Number(rows[0]?.bytes ?? 0) / instances),
  }
}

async function run(
  environment: Readonly<Record<string, string>>,
  folder: string,
): Promise<{ readonly mb: number; readonly readySeconds: number }> {
  const log = join(folder, 'daemon.log')
  const began = monotonicMs()
  const daemon = await startDaemon({ ...environment }, folder, log)
  try {
    await untilReady(`http://${environment['NEURONX_HTTP_LISTEN']}`, daemon, log)
    const readySeconds = (monotonicMs() - began) / 1_000
    await pause(settleMs)
    const status = await readFile(`/proc/${daemon.pid}/status`, 'utf8')
    return { mb: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024, readySeconds }
  } finally {
    await stopDaemon(daemon)
  }
}

async function measurePolls(url: string): Promise<{ readonly pollMs: number; readonly pollP99Ms: number }> {
  await using database = await openDatabase(url, { logger: silentLogger, clock: systemClock })
  const shards = Array.from({ length: shardCount }, (_, shard) => shard)
  const times: number[] = []
  for (let poll = 0; poll < polls; poll += 1) {
    const began = monotonicMs()
    await database.stores.timers.fireDue(shards, 500)
    times.push(monotonicMs() - began)
  }
  return { pollMs: percentile(times, 0.5), pollP99Ms: percentile(times, 0.99) }
}
