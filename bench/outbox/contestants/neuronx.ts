import { cp, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { install } from '../../pipeline/contestants/installation.ts'
import type { Installation } from '../../pipeline/contestants/installation.ts'
import type { OutboxContestant, RunningOutbox, Surroundings } from '../outbox-contestant.ts'
import { startContestant } from './child-contestant.ts'
import type { NeuronxStart } from './open-parts.ts'

const configFolder = fileURLToPath(new URL('../../pipeline/config', import.meta.url))

/** The daemon's own relay, bus, consumer and processor in one process, with one score and one rule to decide. */
export const neuronx: OutboxContestant = {
  name: 'neuronx',
  usesNats: true,
  variants: [
    {
      title: "the daemon's parts, defaults",
      start: async (given) => await start('neuronx-process.ts', given),
    },
  ],
}

/** The same statements and messages without logic: see floor-process.ts. */
export const floor: OutboxContestant = {
  name: 'floor',
  usesNats: true,
  variants: [
    {
      title: 'the same statements and messages, no logic',
      start: async (given) => await start('floor-process.ts', given),
    },
  ],
}

async function start(file: string, given: Surroundings): Promise<RunningOutbox> {
  return await startContestant<NeuronxStart>(
    new URL(file, import.meta.url),
    await neuronxStart(given, await install(given), configFolder),
  )
}

/** Applies a configuration to an installation with the command line, and says what its process begins with. */
export async function neuronxStart(
  { folder }: Surroundings,
  { environment, tenantId, cli }: Installation,
  configuration: string,
): Promise<NeuronxStart> {
  const copy = join(folder, 'config')
  await mkdir(copy)
  await cp(configuration, copy, { recursive: true })
  await cli('config', 'apply', copy)
  return {
    folder,
    databaseUrl: environment['NEURONX_DATABASE_URL'] ?? '',
    ownerUrl: environment['NEURONX_DATABASE_OWNER_URL'] ?? '',
    natsUrl: environment['NEURONX_NATS_URL'] ?? '',
    tenantId,
  }
}
