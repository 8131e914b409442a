import { neuronxStart } from '../outbox/contestants/neuronx.ts'
import { startChild } from '../pipeline/harness/child-process.ts'
import { install } from '../pipeline/contestants/installation.ts'
import { percentile } from '../pipeline/harness/percentile.ts'
import { openSurroundings } from '../pipeline/harness/surroundings.ts'
import type { BurstHandlers } from './contestants/burst-process.ts'
import { configFolder } from './contestants/contestants.ts'

export interface BurstFigures {
  readonly instances: number
  /** From the instant at which all were due until all had advanced. */
  readonly drainSeconds: number
  /** The other tenant's events meanwhile. */
  readonly samples: number
  /** Milliseconds from put in to committed, without and during the burst. */
  readonly quiet: { readonly p50: number; readonly p99: number }
  readonly during: { readonly p50: number; readonly p99: number }
  /** What was lost or repeated; empty when every instance woke once and every event was committed. */
  readonly failures: readonly string[]
}

const quietSeconds = 20

/** One tenant's instances all wake at one instant while another's events come in at a steady rate, before and meanwhile. */
export async function measureBurst(instances: number, folder: string): Promise<BurstFigures> {
  await using surroundings = await openSurroundings(folder, '', true)
  const installation = await install(surroundings.given)
  const start = await neuronxStart(surroundings.given, installation, configFolder)
  const { id: quietTenantId } = await installation.cli<{ id: string }>('tenant', 'create', 'quiet')
  await using child = startChild<BurstHandlers>(new URL('contestants/burst-process.ts', import.meta.url))
  await child.request('start', { ...start, quietTenantId })
  await child.request('steady', { seconds: 5, burst: 0 })
  await child.request('sleepers', instances)
  const quiet = await child.request('steady', { seconds: quietSeconds, burst: 0 })
  const during = await child.request('steady', { seconds: 0, burst: instances })
  const of = (ms: readonly number[]) => ({ p50: percentile(ms, 0.5), p99: percentile(ms, 0.99) })
  return {
    instances,
    drainSeconds: during.drainSeconds,
    samples: during.ms.length,
    quiet: of(quiet.ms),
    during: of(during.ms),
    failures: [...quiet.failures, ...during.failures],
  }
}
