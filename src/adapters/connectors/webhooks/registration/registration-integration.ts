import { compileConnector } from '../../compile-connector.ts'
import type { Integration } from '../../integration.ts'

/** Names of the calls that a registration is made of. */
export const registrationCalls = {
  list: 'webhook.list',
  set: 'webhook.set',
  change: 'webhook.change',
  remove: 'webhook.remove',
} as const

/**
 * The integration as its registration sees it: the same connection and proof, and nothing but the calls that its connector's own
 * definition names. Throws when it names none.
 */
export function registrationIntegration(integration: Integration): Integration {
  const api = integration.connector.definition.webhooks?.register
  if (api?.kind !== 'api') throw new Error(`${integration.name} is told by hand where to send`)
  const { list, set, change, remove } = registrationCalls
  const connector = compileConnector({
    ...integration.connector.definition,
    operations: {
      [list]: api.list,
      [set]: api.set,
      ...(api.change === undefined ? {} : { [change]: api.change }),
      [remove]: api.remove,
    },
    channels: {},
    health: undefined,
    describe: undefined,
    apiVersions: undefined,
  })
  return { ...integration, connector, channels: {} }
}
