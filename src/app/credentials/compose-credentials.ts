import type { AccessTokens } from '../../adapters/connectors/auth/access-tokens.ts'
import { noAccessTokens } from '../../adapters/connectors/auth/access-tokens.ts'
import { CredentialKeeper } from '../../adapters/connectors/auth/oauth/credential-keeper.ts'
import { IntegrationTokens } from '../../adapters/connectors/auth/oauth/integration-tokens.ts'
import { TokenEndpoint } from '../../adapters/connectors/auth/oauth/token-endpoint.ts'
import type { IntegrationProvider } from '../../adapters/connectors/integration.ts'
import type { SecretResolver } from '../../adapters/connectors/auth/secret-resolver.ts'
import type { OutgoingClient } from '../../adapters/http/outgoing-client.ts'
import type { Database } from '../../adapters/postgres/database.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Logger } from '../../kernel/logger.ts'
import type { MasterKey } from '../../platform/secrets/secret-box.ts'
import { Vault } from '../../platform/secrets/vault.ts'
import type { TenantDirectory } from '../daemon/tenant-directory.ts'
import { TenantSecrets } from '../daemon/tenant-secrets.ts'
import { IntegrationAuths } from './integration-auths.ts'

export interface CredentialParts {
  readonly secrets: SecretResolver
  readonly accessTokens: AccessTokens
  /** null: without a master key there is nothing to keep. */
  readonly keeper: CredentialKeeper | null
  /** Refreshes by how they ended. */
  readonly counters: Readonly<Record<string, number>>
}

/** What a daemon proves its calls with: secrets, and tokens that it keeps fresh. Nothing is started. */
export function composeCredentials(
  resources: {
    readonly database: Database
    readonly client: OutgoingClient
    readonly masterKey: MasterKey | null
    readonly clock: Clock
    readonly logger: Logger
  },
  {
    directory,
    integrations,
  }: { readonly directory: Pick<TenantDirectory, 'version'>; readonly integrations: IntegrationProvider },
): CredentialParts {
  const { database, client, masterKey, clock, logger } = resources
  // Without a master key no secret can be opened: integrations that need one are parked and say so.
  if (masterKey === null) {
    const secrets = { resolve: async () => null }
    return { secrets, accessTokens: noAccessTokens, keeper: null, counters: {} }
  }
  const { credentials, dataKeys, secrets: store } = database.stores
  const vault = new Vault({ masterKey, keys: dataKeys })
  const secrets = new TenantSecrets({ store, vault, directory })
  const endpoint = new TokenEndpoint({ client, clock })
  const tokens = new IntegrationTokens({ store: credentials, vault, endpoint, clock, logger })
  const source = new IntegrationAuths({ integrations, secrets })
  const keeper = new CredentialKeeper({ due: credentials, source, tokens, clock, logger })
  return { secrets, accessTokens: tokens, keeper, counters: tokens.counters }
}
