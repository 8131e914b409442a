import { describeRevisionStore } from '../contracts/revision-store.contract.ts'
import type { RevisionHarness } from '../contracts/revision-store.contract.ts'
import { MemoryRevisionStore } from './memory-revision-store.ts'
import { MemoryTenantStore } from './memory-tenant-store.ts'

describe('MemoryRevisionStore', () => {
  let harness: RevisionHarness
  beforeEach(() => {
    const tenants = new MemoryTenantStore()
    const revisions = new MemoryRevisionStore(tenants)
    let made = 0
    harness = {
      revisions,
      plans: revisions.plans,
      quarantine: revisions.quarantine,
      newTenant: async () => {
        made += 1
        const slug = `tenant-${made}`
        return tenants.create(
          { slug, name: slug, unknownEvents: 'accept' },
          { kind: 'daemon', name: 't' },
          null,
        )
      },
    }
  })
  describeRevisionStore(() => harness)
})
