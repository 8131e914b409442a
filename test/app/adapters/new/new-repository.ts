import type { NewAdapterAsk } from '../../../../src/app/adapters/new/new-adapter.ts'
import { initRepository } from '../../../../src/app/init/init-repository.ts'
import { temporaryDirectory } from '../../../control-plane/temporary-directory.ts'

/** A new configuration repository of the tenant acme, and what is asked of it. */
export async function repository() {
  const directory = await temporaryDirectory()
  await initRepository(directory.path, { tenant: 'acme', force: false, dryRun: false })
  const ask = (more: Partial<NewAdapterAsk> = {}): NewAdapterAsk => ({
    name: 'shop',
    tenant: 'acme',
    directory: directory.path,
    baseUrl: 'https://shop.example.com/v1',
    auth: null,
    kind: 'http',
    webhooks: false,
    from: null,
    operations: [],
    dryRun: false,
    ...more,
  })
  return {
    ...directory,
    path: directory.path,
    ask,
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  }
}
