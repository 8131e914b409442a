import type { AccessTokens } from '../../adapters/connectors/auth/access-tokens.ts'
import type { SecretResolver } from '../../adapters/connectors/auth/secret-resolver.ts'
import type { Integration, IntegrationProvider } from '../../adapters/connectors/integration.ts'
import type { OutgoingClient } from '../../adapters/http/outgoing-client.ts'
import type { Clock } from '../../kernel/clock.ts'
import { FakedIntegrations } from './faked-integrations.ts'
import type { FakeUrls } from './faked-integration.ts'

/** What calls are made with. */
export interface CallSources {
  readonly integrations: IntegrationProvider
  readonly secrets: SecretResolver
  readonly accessTokens: AccessTokens
}

export interface FakedHow {
  readonly client: Pick<OutgoingClient, 'send'>
  readonly clock: Clock
  /** The tenant's name for itself. */
  readonly slugOf: (tenantId: string) => string
}

/**
 * Vendors that are played on this machine. Only `neuronx dev` and the commands beside it have any: no setting and no variable can say
 * so, and others know no more of it than this type.
 */
export class FakedVendors {
  readonly urls: FakeUrls
  readonly #onFaked: ((slug: string, integration: Integration) => void) | undefined

  /** `onFaked` is told of every integration that reaches a fake. */
  constructor(urls: FakeUrls, onFaked?: (slug: string, integration: Integration) => void) {
    this.urls = urls
    this.#onFaked = onFaked
  }

  has({ connector }: Pick<Integration, 'connector'>): boolean {
    return this.urls.has(connector.definition.connector)
  }

  /** The same with fakes in place of their vendors. */
  reach({ integrations, secrets, accessTokens }: CallSources, how: FakedHow): CallSources {
    const onFaked = this.#onFaked
    const faked = new FakedIntegrations({
      ...how,
      integrations,
      secrets,
      tokens: accessTokens,
      fakes: this.urls,
      ...(onFaked === undefined ? {} : { onFaked }),
    })
    return { integrations: faked, secrets, accessTokens: faked.tokens }
  }

  /** Without those that a fake stands in for: their real logins are left alone. */
  without(integrations: IntegrationProvider): IntegrationProvider {
    return {
      integration: async (...asked) => {
        const found = await integrations.integration(...asked)
        return found !== null && this.has(found) ? null : found
      },
    }
  }
}
