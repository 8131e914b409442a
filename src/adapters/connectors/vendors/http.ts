import type { JsonObject } from '../../../kernel/json.ts'
import type { AuthDefinition, ConnectorDefinition } from '../define-connector.ts'
import type { CredentialSource } from '../integration.ts'
import type { HttpIntegrationSpec } from '../integration-schema.ts'

/** Any HTTP API: the document is the connector. */
export function httpConnector(spec: HttpIntegrationSpec): ConnectorDefinition {
  return {
    connector: 'http',
    vendor: spec.name,
    baseUrl: spec.connection.baseUrl,
    auth: authOf(spec.auth),
    headers: spec.headers ?? {},
    tables: {},
    operations: Object.fromEntries(
      Object.entries(spec.operations).map(([name, operation]) => [
        name,
        {
          ...operation,
          query: operation.query as JsonObject | undefined,
          body: operation.body as JsonObject | undefined,
        },
      ]),
    ),
    channels: spec.channels ?? {},
    errors: spec.errors ?? [],
    budget: spec.budget,
    limits: { perSecond: 1_000, concurrency: 32, timeoutMs: 15_000 },
    webhooks: null,
    facts: [],
  }
}

/** The credentials that the document's `auth` names. */
export function httpCredentials({ auth }: HttpIntegrationSpec): Readonly<Record<string, CredentialSource>> {
  switch (auth.kind) {
    case 'bearer':
      return { token: auth.token }
    case 'basic':
      return {
        username: typeof auth.username === 'string' ? { value: auth.username } : auth.username,
        password: auth.password,
      }
    case 'api_key':
      return { value: auth.value }
    default:
      return {}
  }
}

function authOf(auth: HttpIntegrationSpec['auth']): AuthDefinition {
  switch (auth.kind) {
    case 'bearer':
      return { kind: 'bearer', token: 'token' }
    case 'basic':
      return { kind: 'basic', username: 'username', password: 'password' }
    case 'api_key':
      return { kind: 'api_key', in: auth.in, name: auth.name, value: 'value' }
    default:
      return { kind: 'none' }
  }
}
