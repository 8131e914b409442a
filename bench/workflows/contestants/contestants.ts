import { cp, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startContestant } from '../../outbox/contestants/child-contestant.ts'
import type { GraphileStart } from '../../outbox/contestants/graphile-worker-process.ts'
import type { OutboxContestant, OutboxVariant, Surroundings } from '../../outbox/outbox-contestant.ts'
import { install } from '../../pipeline/contestants/installation.ts'
import type { Installation } from '../../pipeline/contestants/installation.ts'
import type { DbosStart } from './dbos-process.ts'
import type { NeuronxStart } from './open-parts.ts'

const configFolder = fileURLToPath(new URL('../config', import.meta.url))

/** An installation with the workflow of the bench, set up with the command line. */
export async function neuronxStart(
  surroundings: Surroundings,
  { environment, tenantId, cli }: Installation,
): Promise<NeuronxStart> {
  const copy = join(surroundings.folder, 'config')
  await mkdir(copy)
  await cp(configFolder, copy, { recursive: true })
  await cli('config', 'apply', copy)
  return {
    folder: surroundings.folder,
    databaseUrl: environment['NEURONX_DATABASE_URL'] ?? '',
    ownerUrl: environment['NEURONX_DATABASE_OWNER_URL'] ?? '',
    natsUrl: environment['NEURONX_NATS_URL'] ?? '',
    tenantId,
  }
}

/** Timers, relay, bus, consumer and processor as the daemon wires them, in one process. */
export const neuronx: OutboxContestant = {
  name: 'neuronx',
  usesNats: true,
  variants: [
    {
      title: "the daemon's parts, defaults",
      start: async (given) =>
        await startContestant<NeuronxStart>(
          new URL('neuronx-process.ts', import.meta.url),
          await neuronxStart(given, await install(given)),
        ),
    },
  ],
}

const graphile = (concurrentJobs: number): OutboxVariant => ({
  title: `${concurrentJobs} jobs at once, local queue 500`,
  start: async ({ postgres }) =>
    await startContestant<GraphileStart>(new URL('graphile-worker-process.ts', import.meta.url), {
      databaseUrl: postgres.superuserUrl('postgres'),
      concurrentJobs,
      maxPoolSize: concurrentJobs + 1,
      localQueueSize: 500,
      batchDelayMs: 0,
    }),
})

/** A sleep is a job with a time. */
export const graphileWorker: OutboxContestant = {
  name: 'graphile-worker',
  usesNats: false,
  variants: [graphile(24), graphile(64)],
}

const dbosVariant = (systemPoolSize: number, poolSize: number): OutboxVariant => ({
  title: `system pool ${systemPoolSize}, own pool ${poolSize}`,
  start: async ({ postgres }) =>
    await startContestant<DbosStart>(new URL('dbos-process.ts', import.meta.url), {
      databaseUrl: postgres.superuserUrl('postgres'),
      systemPoolSize,
      poolSize,
      asleepMs: 45_000,
    }),
})

/** A sleep is a durable sleep; its sleepers stay in the memory of the process. */
export const dbos: OutboxContestant = {
  name: 'dbos',
  usesNats: false,
  variants: [dbosVariant(10, 10), dbosVariant(32, 16)],
}
