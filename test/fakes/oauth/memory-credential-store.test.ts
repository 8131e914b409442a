import { credentialStoreContract } from '../../contracts/credential-store.contract.ts'
import { ManualClock } from '../manual-clock.ts'
import { MemoryCredentialStore } from './memory-credential-store.ts'

credentialStoreContract('in memory', async () => {
  const clock = new ManualClock()
  return {
    store: new MemoryCredentialStore(clock),
    place: { tenantId: 't', workspace: 'default', integration: 'ghl' },
    pass: async (ms) => clock.advance(ms),
  }
})
