import type { AccessTokens } from '../../adapters/connectors/auth/access-tokens.ts'
import type { SecretResolver } from '../../adapters/connectors/auth/secret-resolver.ts'
import type {
  CredentialSource,
  Integration,
  IntegrationProvider,
} from '../../adapters/connectors/integration.ts'
import { fakedIntegration, madeUpCredential } from './faked-integration.ts'
import type { FakeUrls } from './faked-integration.ts'
import { FakedTokens } from './faked-tokens.ts'
import type { FakedTokensOptions } from './faked-tokens.ts'

export interface FakedOptions extends Omit<FakedTokensOptions, 'tokens'> {
  readonly integrations: IntegrationProvider
  readonly tokens: AccessTokens
  readonly secrets: SecretResolver
  readonly fakes: FakeUrls
  /** The tenant's name for itself. */
  readonly slugOf: (tenantId: string) => string
  /** Told of every integration that a fake stands in for. */
  readonly onFaked?: (slug: string, integration: Integration) => void
}

/**
 * Integrations whose connector has a fake reach it instead of their vendor: address, token endpoint and all. Their secrets are used
 * where they are stored, and made up where not; tokens are kept in memory, apart from those of real logins.
 */
export class FakedIntegrations implements IntegrationProvider {
  readonly #options: FakedOptions
  readonly tokens: AccessTokens

  constructor(options: FakedOptions) {
    this.#options = options
    this.tokens = new FakedTokens(options)
  }

  /** Throws what the configuration and the secrets throw. */
  async integration(
    tenantId: string,
    workspace: string,
    name: string,
    operation?: string,
  ): Promise<Integration | null> {
    const { integrations, fakes, slugOf, onFaked } = this.#options
    const found = await integrations.integration(tenantId, workspace, name, operation)
    const url = found === null ? undefined : fakes.get(found.connector.definition.connector)
    if (found === null || url === undefined) return found
    const slug = slugOf(tenantId)
    onFaked?.(slug, found)
    const faked = fakedIntegration(found, url, slug)
    return { ...faked, credentials: await this.#credentials(tenantId, slug, faked) }
  }

  async #credentials(
    tenantId: string,
    slug: string,
    integration: Integration,
  ): Promise<Readonly<Record<string, CredentialSource>>> {
    const { secrets } = this.#options
    const sources = Object.entries(integration.credentials).map(
      async ([name, source]): Promise<[string, CredentialSource]> => {
        if ('value' in source) return [name, source]
        const known = (await secrets.resolve(tenantId, source.secret)) !== null
        return [name, known ? source : madeUpCredential(integration, slug, name)]
      },
    )
    return Object.fromEntries(await Promise.all(sources))
  }
}
