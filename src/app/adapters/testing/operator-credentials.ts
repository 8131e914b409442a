import type { AccessTokens } from '../../../adapters/connectors/auth/access-tokens.ts'
import { noAccessTokens } from '../../../adapters/connectors/auth/access-tokens.ts'
import { IntegrationTokens } from '../../../adapters/connectors/auth/oauth/integration-tokens.ts'
import { TokenEndpoint } from '../../../adapters/connectors/auth/oauth/token-endpoint.ts'
import { tokenAuthOf } from '../../../adapters/connectors/definition/auth-definition.ts'
import type { Integration } from '../../../adapters/connectors/integration.ts'
import type { SecretResolver } from '../../../adapters/connectors/auth/secret-resolver.ts'
import type { OutgoingClient } from '../../../adapters/http/outgoing-client.ts'
import { silentLogger } from '../../../kernel/logger.ts'
import type { Settings } from '../../config/settings.ts'
import { vaultOf } from '../../credentials/operator-vault.ts'
import type { Operator } from '../../operator.ts'

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
  const secrets: SecretResolver = {
    resolve: async (tenantId, name) => {
      const sealed = await store.get(tenantId, name)
      return sealed === null ? null : (await vault.open({ tenantId, name }, sealed)).toString('utf8')
    },
  }
  const endpoint = new TokenEndpoint({ client, clock })
  const accessTokens = new IntegrationTokens({
    store: credentials,
    vault,
    endpoint,
    clock,
    logger: silentLogger,
  })
  return { secrets, accessTokens }
}
