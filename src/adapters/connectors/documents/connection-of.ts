import type { JsonObject } from '../../../kernel/json.ts'
import type { ConnectorDefinition } from '../define-connector.ts'
import { credentialsOf } from '../definition/auth-definition.ts'
import type { AuthDefinition } from '../definition/auth-definition.ts'
import { fillBaseUrl, knowsFields } from '../definition/fill-connection.ts'
import type { CredentialSource } from '../integration.ts'
import { bringsOperations } from '../integration-schema.ts'
import type { IntegrationSpec } from '../integration-schema.ts'
import { namedAuth } from './own-connector.ts'

/** How a document reaches its system: where, as whom, and with which of the connector's ways to prove it. */
export interface DocumentConnection {
  /** Filled in, except for fields that come with a token. */
  readonly baseUrl: string
  readonly connection: JsonObject
  /** null: the document gives credentials for none of the ways. */
  readonly auth: AuthDefinition | null
  readonly credentials: Readonly<Record<string, CredentialSource>>
}

/** Throws NX-CONNECTOR-CONNECTION (configuration) when the address cannot be. */
export function connectionOf(spec: IntegrationSpec, definition: ConnectorDefinition): DocumentConnection {
  if (bringsOperations(spec)) {
    const { baseUrl } = spec.connection
    return { baseUrl, connection: spec.connection, ...namedAuth(spec.auth) }
  }
  const { baseUrl: instead, ...connection } = spec.connection
  const given = spec.credentials ?? {}
  const template = typeof instead === 'string' ? instead : definition.baseUrl
  return {
    baseUrl: knowsFields(template, connection) ? fillBaseUrl(template, connection) : template,
    connection,
    auth: authOf(definition.auth, given),
    credentials: given,
  }
}

/** The first way whose credentials are all given. */
function authOf(
  ways: readonly AuthDefinition[],
  given: Readonly<Record<string, unknown>>,
): AuthDefinition | null {
  return ways.find((auth) => credentialsOf(auth).required.every((name) => Object.hasOwn(given, name))) ?? null
}
