import type { AccessTokens } from '../../../adapters/connectors/auth/access-tokens.ts'
import { noAccessTokens } from '../../../adapters/connectors/auth/access-tokens.ts'
import { IntegrationTokens } from '../../../adapters/connectors/auth/oauth/integration-tokens.ts'
import { TokenEndpoint } from '../../../adapters/connectors/auth/oauth/token-endpoint.ts'
import { tokenAuthOf } from '../../../adapters/connectors/definition/auth-definition.ts'
import type { Integration } from '../../../adapters/connectors/integration.ts'
import type { SecretResolver } from '../../../adapters/connectors/auth/secret-resolver.ts'
import type { OutgoingClient } from '../../../adapters/http/outgoing-client.ts'
import { silentLogger } from '../../../kernel/logger.ts'
import { openSecret } from '../../../platform/secrets/open-secret.ts'
import type { Settings } from '../../config/settings.ts'
import { vaultOf } from '../../credentials/operator-vault.ts'
import type { CallSources } from '../../fakes/faked-vendors.ts'
import { fakesBeside } from '../../fakes/fakes-file.ts'
import type { Operator } from '../../operator.ts'
import type { AdapterPlace } from '../catalog/active-adapter.ts'

/**
 * What one call of a command proves itself with: the tenant's secrets, and tokens under the same row lock as the daemons'. Throws
 * NX-MASTER-KEY-… when the integration needs any and there is no key.
 */
export async function operatorCredentials(
  { secrets: store, dataKeys, credentials, clock }: Operator,
  settings: Pick<Settings, 'masterKeyFile'>,
  integration: Pick<Integration, 'auth' | 'credentials'>,
  client: OutgoingClient,
): Promise<{ readonly secrets: SecretResolver; readonly accessTokens: AccessTokens }> {
  const { auth, credentials: sources } = integration
  // Tokens are sealed even where the client that they are given to has no secret.
  const needsVault = tokenAuthOf(auth) !== null || Object.values(sources).some((source) => 'secret' in source)
  if (!needsVault) return { secrets: { resolve: async () => null }, accessTokens: noAccessTokens }
  const vault = await vaultOf({ dataKeys }, settings)
  const endpoint = new TokenEndpoint({ client, clock })
  const accessTokens = new IntegrationTokens({
    store: credentials,
    vault,
    endpoint,
    clock,
    logger: silentLogger,
  })
  const secrets: SecretResolver = {
    resolve: async (tenantId, name) => await openSecret(store, vault, tenantId, name),
  }
  return { secrets, accessTokens }
}

/**
 * What a command's own executor makes its calls with, of this integration alone: beside `neuronx dev --fake` it reaches what the daemon
 * reaches. `client`: tokens are got over it. Throws NX-MASTER-KEY-…, NX-FAKE-FILE (configuration).
 */
export async function operatorReach(
  operator: Operator,
  settings: Pick<Settings, 'masterKeyFile' | 'dataDir' | 'databaseUrl'>,
  { slug }: Pick<AdapterPlace, 'slug'>,
  integration: Integration,
  client: OutgoingClient,
): Promise<CallSources> {
  const credentials = await operatorCredentials(operator, settings, integration, client)
  const sources = { ...credentials, integrations: { integration: async () => integration } }
  const fakes = await fakesBeside(settings)
  return fakes?.reach(sources, { client, clock: operator.clock, slugOf: () => slug }) ?? sources
}
