import { systemClock } from '../../../src/kernel/clock.ts'
import type { Clock } from '../../../src/kernel/clock.ts'
import { newId } from '../../../src/kernel/ids.ts'
import type { RolloutHarness } from '../../contracts/rollout/rollout-harness.ts'
import { testActor } from '../../support/stores/tenants.ts'
import { MemoryRevisionStore } from '../memory-revision-store.ts'
import { MemoryTenantStore } from '../memory-tenant-store.ts'
import { MemoryRolloutStore } from './memory-rollout-store.ts'

let made = 0

/** Rollouts, revisions and tenants in memory. */
export function memoryRollouts(clock: Clock = systemClock): RolloutHarness & { store: MemoryRolloutStore } {
  const tenants = new MemoryTenantStore()
  const revisions = new MemoryRevisionStore(tenants)
  const store = new MemoryRolloutStore(tenants, revisions, clock)
  return {
    store,
    revisions,
    quarantine: revisions.quarantine,
    newTenant: async () => {
      made += 1
      const tenant = { slug: `memory-${made}`, name: `Memory ${made}`, unknownEvents: 'accept' } as const
      return await tenants.create(tenant, testActor, null)
    },
    suspend: async (slug) => void (await tenants.update(slug, { status: 'suspended' }, testActor, null)),
    observe: async (observations) => store.observed(observations),
    command: async () => newId(),
    settle: async (id, _tenantId, state, outside) => store.observations.settle(id, state, outside),
    daemon: async (id) => void store.daemons.add(id),
  }
}
