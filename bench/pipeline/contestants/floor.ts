import { NxError } from '../../../src/kernel/errors.ts'
import type { FloorHandlers } from '../floor/floor-process.ts'
import { startChild } from '../harness/child-process.ts'
import type { Contestant, RunningContestant, Surroundings } from './contestant.ts'
import { install, tenantSlug } from './installation.ts'

/** The least that a system could do that keeps what neuronx keeps: see floor/floor-process.ts. */
export const floor: Contestant = {
  name: 'floor',
  usesNats: true,
  variants: [{ title: 'the same requests, statements and messages, no logic', start }],
}

async function start(surroundings: Surroundings): Promise<RunningContestant> {
  const { environment, tenantId } = await install(surroundings)
  const { NEURONX_DATABASE_URL: databaseUrl, NEURONX_NATS_URL: natsUrl } = environment
  if (databaseUrl === undefined || natsUrl === undefined)
    throw new NxError('bug', 'NX-BENCH-FLOOR', 'No services')
  const child = startChild<FloorHandlers>(new URL('../floor/floor-process.ts', import.meta.url))
  try {
    const { sinkOrigin } = surroundings
    const origin = await child.request('start', { databaseUrl, natsUrl, sinkOrigin, tenantId, tenantSlug })
    return {
      target: { origin, authorization: null },
      pid: child.pid,
      [Symbol.asyncDispose]: async () => await child[Symbol.asyncDispose](),
    }
  } catch (error) {
    await child[Symbol.asyncDispose]()
    throw error
  }
}
