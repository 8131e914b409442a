import type { JsonObject } from '../../../kernel/json.ts'
import { connectorFormat } from '../define-connector.ts'
import type { BudgetHeaders, ConnectorDefinition, OperationDefinition } from '../define-connector.ts'
import { credentialMembers } from '../definition/auth-definition.ts'
import type { AuthDefinition } from '../definition/auth-definition.ts'
import type { CredentialSource } from '../integration.ts'
import { documentDefinition } from '../webhooks/generic/document-definition.ts'
import { graphqlErrors } from './graphql-errors.ts'
import type { DocumentAuth } from './document-fields.ts'
import type { GraphqlIntegrationSpec, HttpIntegrationSpec, OwnIntegrationSpec } from './own-schemas.ts'

/** The document as a connector: it says itself what can be asked of the system. */
export function ownConnector(spec: OwnIntegrationSpec): ConnectorDefinition {
  return {
    format: connectorFormat,
    connector: spec.connector,
    vendor: spec.name,
    baseUrl: spec.connection.baseUrl,
    connection: {},
    credentials: {},
    auth: [namedAuth(spec.auth).auth],
    headers: spec.headers ?? {},
    tables: {},
    operations: spec.connector === 'http' ? httpOperations(spec) : graphqlOperations(spec),
    channels: spec.channels ?? {},
    errors: [...(spec.errors ?? []), ...(spec.connector === 'graphql' ? graphqlErrors : [])],
    budget: spec.budget === undefined ? undefined : ([spec.budget].flat() as readonly BudgetHeaders[]),
    limits: { perSecond: 1_000, concurrency: 32, timeoutMs: 15_000 },
    webhooks: spec.webhooks === undefined ? null : documentDefinition(spec.webhooks),
    health: spec.health,
    facts: [],
  }
}

function httpOperations({ operations }: HttpIntegrationSpec): Record<string, OperationDefinition> {
  return Object.fromEntries(
    Object.entries(operations).map(([name, operation]) => [name, operation as OperationDefinition]),
  )
}

function graphqlOperations({ operations }: GraphqlIntegrationSpec): Record<string, OperationDefinition> {
  return Object.fromEntries(
    Object.entries(operations).map(([name, { variables, ...operation }]) => [
      name,
      {
        ...operation,
        method: 'POST',
        path: '',
        encode: 'graphql',
        body: (variables ?? {}) as JsonObject,
      } as OperationDefinition,
    ]),
  )
}

/**
 * An auth of a document, in which credentials are secrets by reference, as that of a definition, in which they are names, and where
 * each name comes from.
 */
export function namedAuth(given: DocumentAuth): {
  readonly auth: AuthDefinition
  readonly credentials: Readonly<Record<string, CredentialSource>>
} {
  const credentials: Record<string, CredentialSource> = {}
  const named = (members: object, prefix: string): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(members).map(([member, value]: [string, unknown]) => {
        if (member === 'with') return [member, named(value as object, 'with.')]
        const plain = plainMembers.has(member) && typeof value === 'string'
        if (!plain && !(credentialMembers.includes(member) && isSecret(value))) return [member, value]
        const name = `${prefix}${member}`
        credentials[name] = plain ? { value } : (value as CredentialSource)
        return [member, name]
      }),
    )
  return { auth: named(given, '') as unknown as AuthDefinition, credentials }
}

const plainMembers = new Set(['username', 'clientId'])

function isSecret(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'secret' in value
}
