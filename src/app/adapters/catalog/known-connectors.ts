import { connectorNames, connectorOf } from '../../../adapters/connectors/vendors/registry.ts'
import type { ConnectorDefinition } from '../../../adapters/connectors/define-connector.ts'
import { NxError } from '../../../kernel/errors.ts'
import { nearestName } from '../../../kernel/nearest-name.ts'

/** A connector that documents can name. */
export interface KnownConnector {
  readonly connector: string
  readonly vendor: string
  readonly operations: readonly string[]
  readonly channels: readonly string[]
  readonly webhooks: boolean
}

/** Their documents bring what they do. */
const ownConnectors: readonly KnownConnector[] = [
  { connector: 'http', vendor: 'any REST API', operations: [], channels: [], webhooks: true },
  { connector: 'graphql', vendor: 'any GraphQL API', operations: [], channels: [], webhooks: true },
]

export const connectorChoices: readonly string[] = [
  ...connectorNames,
  ...ownConnectors.map(({ connector }) => connector),
].toSorted()

/** Every connector, by name. */
export function knownConnectors(): readonly KnownConnector[] {
  const builtIn = connectorNames.map(connectorOf).map((definition) => ({
    connector: definition.connector,
    vendor: definition.vendor,
    operations: Object.keys(definition.operations),
    channels: Object.keys(definition.channels),
    webhooks: definition.webhooks !== null,
  }))
  return [...builtIn, ...ownConnectors].toSorted((one, other) => (one.connector < other.connector ? -1 : 1))
}

/** A built-in connector. Throws NX-CONNECTOR-UNKNOWN (not_found) with the name that was probably meant. */
export function knownConnector(name: string): ConnectorDefinition {
  if (connectorNames.includes(name)) return connectorOf(name)
  const meant = nearestName(name, connectorChoices)
  const own = ownConnectors.some(({ connector }) => connector === name)
  throw new NxError('not_found', 'NX-CONNECTOR-UNKNOWN', `There is no built-in connector '${name}'`, {
    fix: own
      ? `Documents with connector: ${name} bring their own operations: neuronx adapter show NAME shows one.`
      : meant === null
        ? 'neuronx adapter list --connectors'
        : `Did you mean '${meant}'?`,
  })
}
