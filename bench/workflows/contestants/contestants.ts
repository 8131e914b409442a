import { fileURLToPath } from 'node:url'
import { startContestant } from '../../outbox/contestants/child-contestant.ts'
import { neuronxStart } from '../../outbox/contestants/neuronx.ts'
import type { NeuronxStart } from '../../outbox/contestants/open-parts.ts'
import type { OutboxContestant, OutboxVariant } from '../../outbox/outbox-contestant.ts'
import type { GraphileOptions } from '../../pipeline/contestants/graphile.ts'
import { install } from '../../pipeline/contestants/installation.ts'
import type { DbosStart } from './dbos-process.ts'

/** The workflow of the bench. */
export const configFolder = fileURLToPath(new URL('../config', import.meta.url))

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
          await neuronxStart(given, await install(given), configFolder),
        ),
    },
  ],
}

const graphile = (concurrentJobs: number): OutboxVariant => ({
  title: `${concurrentJobs} jobs at once, local queue 500`,
  start: async ({ postgres }) =>
    await startContestant<GraphileOptions>(new URL('graphile-worker-process.ts', import.meta.url), {
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
