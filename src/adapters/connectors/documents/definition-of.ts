import type { ConnectorDefinition } from '../define-connector.ts'
import { atVersion } from '../definition/api-version.ts'
import { bringsOperations } from '../integration-schema.ts'
import type { IntegrationSpec } from '../integration-schema.ts'
import { connectorOf } from '../vendors/registry.ts'
import { ownConnector } from './own-connector.ts'

const versions = new Map<string, ConnectorDefinition>()
const own = new WeakMap<IntegrationSpec, ConnectorDefinition>()

/** The connector of a document: built in, at the version that the document names, or its own. Each is made once. */
export function definitionOf(spec: IntegrationSpec): ConnectorDefinition {
  if (bringsOperations(spec)) {
    const held = own.get(spec) ?? ownConnector(spec)
    own.set(spec, held)
    return held
  }
  const key = `${spec.connector}@${spec.vendorVersion ?? ''}`
  const known = versions.get(key)
  if (known !== undefined) return known
  const made = atVersion(connectorOf(spec.connector), spec.vendorVersion)
  versions.set(key, made)
  return made
}

/** channel -> operation, of the channels that the document leaves on. */
export function channelsOf(
  spec: IntegrationSpec,
  definition: Pick<ConnectorDefinition, 'channels'>,
): Readonly<Record<string, string>> {
  if (bringsOperations(spec) || spec.channels === undefined) return definition.channels
  const served = new Set(spec.channels)
  return Object.fromEntries(Object.entries(definition.channels).filter(([channel]) => served.has(channel)))
}
