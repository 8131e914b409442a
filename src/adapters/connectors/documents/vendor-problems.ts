import type { Problem } from '../../../control-plane/documents/document-kind.ts'
import { NxError } from '../../../kernel/errors.ts'
import type { ConnectorDefinition } from '../define-connector.ts'
import { defaultVersion } from '../definition/api-version.ts'
import { credentialsOf } from '../definition/auth-definition.ts'
import { publicKeyType } from '../webhooks/signatures/public-key.ts'
import { connectionOf } from './connection-of.ts'
import { definitionOf } from './definition-of.ts'
import type { VendorIntegrationSpec } from './vendor-schema.ts'

/** What the schema cannot say of a document for a built-in connector. */
export function vendorProblems(spec: VendorIntegrationSpec): readonly Problem[] {
  const definition = definitionOf(spec)
  return [
    ...connectionProblems(spec, definition),
    ...versionProblems(spec, definition),
    ...keyProblems(spec, definition),
    ...accountProblems(spec, definition),
  ]
}

function connectionProblems(
  spec: VendorIntegrationSpec,
  definition: ConnectorDefinition,
): readonly Problem[] {
  try {
    if (connectionOf(spec, definition).auth !== null) return []
    const ways = definition.auth.map((auth) => credentialsOf(auth).required.join(' and '))
    return [
      {
        code: 'NX-INTEGRATION-CREDENTIALS',
        message: 'The credentials are not enough to prove who calls',
        fix: `Give ${ways.join(', or ')}.`,
        path: spec.credentials === undefined ? ['connector'] : ['credentials'],
      },
    ]
  } catch (error) {
    if (!(error instanceof NxError)) throw error
    return [
      {
        code: error.code,
        message: error.detail ?? error.message,
        fix: error.fix ?? null,
        path: ['connection'],
      },
    ]
  }
}

function versionProblems(spec: VendorIntegrationSpec, definition: ConnectorDefinition): readonly Problem[] {
  const versions = definition.apiVersions ?? []
  const version = versions.find(({ id }) => id === spec.vendorVersion) ?? defaultVersion(definition)
  if (version?.sunset === undefined || spec.vendorVersion === undefined) return []
  const others = versions.filter(({ id }) => id !== version.id).map(({ id }) => id)
  return [
    {
      code: 'NX-INTEGRATION-SUNSET',
      message: `${definition.vendor} ends the version ${version.id} on ${version.sunset}`,
      fix: others.length === 0 ? 'Update neuronx.' : `Change to ${others.join(' or ')}.`,
      path: ['vendorVersion'],
      severity: 'warning',
    },
  ]
}

function keyProblems(spec: VendorIntegrationSpec, definition: ConnectorDefinition): readonly Problem[] {
  return Object.entries(definition.webhooks?.keys ?? {}).flatMap(([name, { kind, type }]) => {
    const text = spec.webhooks?.[name]
    if (kind !== 'public' || type === undefined || typeof text !== 'string' || publicKeyType(text) === type)
      return []
    return [
      {
        code: 'NX-INTEGRATION-KEY',
        message: `${name} is not an ${type.toUpperCase()} public key`,
        fix: "Write the vendor's key as PEM (-----BEGIN PUBLIC KEY-----) or as base64 of its DER form.",
        path: ['webhooks', name],
      },
    ]
  })
}

/** The vendor signs for all its customers: without the account every webhook would be a stranger's. */
function accountProblems(spec: VendorIntegrationSpec, definition: ConnectorDefinition): readonly Problem[] {
  const rules = definition.webhooks?.account ?? []
  if (spec.webhooks === undefined || rules.length === 0) return []
  const names = rules.map(({ connection }) => connection)
  if (names.some((name) => Object.hasOwn(spec.connection, name))) return []
  return [
    {
      code: 'NX-INTEGRATION-ACCOUNT',
      message: `Webhooks are taken for one account only, and the connection does not say which`,
      fix: `Give connection.${names[0]}.`,
      path: ['connection'],
    },
  ]
}
