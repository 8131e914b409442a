import { connectorNames, connectorOf } from '../../adapters/connectors/vendors/registry.ts'
import type { IntegrationProvider } from '../../adapters/connectors/integration.ts'
import type { WantedStream } from '../../platform/reconcile/reconcile-store.ts'

/** Connectors that have something to poll. */
export const reconciledConnectors: readonly string[] = connectorNames.filter(
  (name) => connectorOf(name).reconcile !== undefined,
)

/** What the documents of a tenant ask for. Throws what the configuration throws. */
export async function wantedStreams(
  configs: Pick<IntegrationProvider, 'integration'> & {
    places(tenantId: string): Promise<ReadonlyMap<string, string>>
  },
  tenantId: string,
): Promise<readonly WantedStream[]> {
  const wanted: WantedStream[] = []
  for (const [name, workspace] of await configs.places(tenantId)) {
    const plan = (await configs.integration(tenantId, workspace, name))?.reconcile ?? null
    if (plan === null) continue
    const { everyMs, streams, hasWebhooks: webhooks } = plan
    wanted.push(...streams.map((stream) => ({ workspace, integration: name, stream, everyMs, webhooks })))
  }
  return wanted
}
