import type { TokenAuthSource } from '../../adapters/connectors/auth/oauth/credential-keeper.ts'
import { tokenAuthOf } from '../../adapters/connectors/definition/auth-definition.ts'
import type { TokenAuth } from '../../adapters/connectors/definition/auth-definition.ts'
import { openCredentials } from '../../adapters/connectors/calls/open-credentials.ts'
import type { IntegrationProvider } from '../../adapters/connectors/integration.ts'
import type { SecretResolver } from '../../adapters/connectors/auth/secret-resolver.ts'
import type { JsonObject } from '../../kernel/json.ts'
import { NxError } from '../../kernel/errors.ts'
import type { CredentialPlace } from '../../platform/credentials/credential.ts'

/** How an integration gets its tokens, with its secrets opened. */
export interface IntegrationAuth {
  readonly auth: TokenAuth
  readonly credentials: Readonly<Record<string, string>>
  readonly connection: JsonObject
}

/** The logins of integrations in the active configuration. */
export class IntegrationAuths implements TokenAuthSource {
  readonly #integrations: IntegrationProvider
  readonly #secrets: SecretResolver

  constructor(options: { readonly integrations: IntegrationProvider; readonly secrets: SecretResolver }) {
    this.#integrations = options.integrations
    this.#secrets = options.secrets
  }

  /** null: there is no such integration, or it does not log in. Throws NX-SECRET-MISSING, NX-SECRET-…, NX-DB-…. */
  async find({ tenantId, workspace, integration: name }: CredentialPlace): Promise<IntegrationAuth | null> {
    const integration = await this.#integrations.integration(tenantId, workspace, name)
    const auth = integration === null ? null : tokenAuthOf(integration.auth)
    if (integration === null || auth === null) return null
    const { credentials, missing } = await openCredentials(tenantId, integration, this.#secrets)
    const [absent] = missing
    if (absent !== undefined)
      throw new NxError('configuration', 'NX-SECRET-MISSING', `The tenant has no secret '${absent}'`, {
        fix: `Store it with: neuronx secret set ${absent} --tenant SLUG < FILE`,
      })
    return { auth, credentials, connection: integration.connection }
  }
}
