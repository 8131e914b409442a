import { parseDuration } from '../../kernel/duration.ts'
import type { JsonObject } from '../../kernel/json.ts'
import type { DocumentSet } from '../../control-plane/documents/document-kind.ts'
import type { IntegrationCatalog, OperationInfo } from '../../sales-core/decide/sales-config.ts'
import { sendTarget } from './catalog/send-target.ts'
import { connectorFor } from './compile-connector.ts'
import type { CompiledConnector } from './compile-connector.ts'
import type { Integration, IntegrationLimits } from './integration.ts'
import { integrationKind } from './integration-kind.ts'
import { connectionOf } from './documents/connection-of.ts'
import { channelsOf, definitionOf } from './documents/definition-of.ts'
import { carriersOf, failoverAfterDefault, failoverOnDefault } from './documents/failover.ts'
import type { VendorWebhooks } from './documents/vendor-schema.ts'
import type { ConnectorDefinition } from './define-connector.ts'
import { bringsOperations } from './integration-schema.ts'
import type { IntegrationSpec } from './integration-schema.ts'
import { documentKeys } from './webhooks/generic/document-definition.ts'
import type { WebhookDefinition } from './webhooks/webhook-definition.ts'
import type { WebhookKeySources } from './webhooks/webhook-keys.ts'
import { reconcilePlanOf } from './reconcile/reconcile-plan.ts'
import { WebhookReceiver } from './webhooks/webhook-receiver.ts'

/** The integrations of one (tenant, workspace). */
export interface CompiledIntegrations {
  readonly byName: ReadonlyMap<string, Integration>
  readonly catalog: IntegrationCatalog
}

/** Makes the Integration documents of a set ready to run. The set passed validation. */
export function compileIntegrations(set: DocumentSet): CompiledIntegrations {
  const integrations = set.ofKind(integrationKind).map(({ spec }) => compileIntegration(spec))
  const byName = new Map(integrations.map((integration) => [integration.name, integration]))
  return { byName, catalog: catalogOf(byName) }
}

/** Makes one Integration document ready to run. */
export function compileIntegration(spec: IntegrationSpec): Integration {
  const definition = definitionOf(spec)
  const connector = connectorFor(definition)
  const { baseUrl, connection, auth, credentials } = connectionOf(spec, definition)
  return {
    name: spec.name,
    connector,
    baseUrl,
    connection,
    auth: auth ?? { kind: 'none' },
    credentials,
    limits: limitsOf(spec, connector),
    mode: spec.mode ?? 'live',
    channels: channelsOf(spec, definition),
    failover: failoverOf(spec),
    readOnlyAfterMs: spec.degrade === undefined ? null : parseDuration(spec.degrade.readOnlyAfter),
    webhooks: receiverOf(spec, definition, connection),
    reconcile: reconcilePlanOf(spec, definition),
  }
}

function failoverOf({ failover = {} }: IntegrationSpec): Integration['failover'] {
  return Object.fromEntries(
    Object.entries(failover).map(([channel, { to, after, on }]) => [
      channel,
      { to, afterMs: parseDuration(after ?? failoverAfterDefault), on: new Set(on ?? failoverOnDefault) },
    ]),
  )
}

function receiverOf(
  spec: IntegrationSpec,
  definition: ConnectorDefinition,
  connection: JsonObject,
): WebhookReceiver | null {
  if (definition.webhooks === null) return null
  const tolerance = spec.webhooks?.tolerance
  return new WebhookReceiver({
    integration: spec.name,
    definition: definition.webhooks,
    tables: definition.tables,
    connection,
    keys: keysOf(spec, definition.webhooks),
    isPolled: reconcilePlanOf(spec, definition) !== null,
    toleranceMs: tolerance === undefined ? definition.webhooks.toleranceMs : parseDuration(tolerance),
  })
}

function keysOf(spec: IntegrationSpec, { keys }: WebhookDefinition): WebhookKeySources {
  if (bringsOperations(spec)) return spec.webhooks === undefined ? {} : documentKeys(spec.webhooks)
  return Object.fromEntries(Object.keys(keys).map((key) => [key, keySource(spec.webhooks?.[key])]))
}

/** Text is the key itself; a key that is not given proves nothing. */
function keySource(given: VendorWebhooks[string]): WebhookKeySources[string] {
  return given ?? ''
}

function limitsOf({ limits }: IntegrationSpec, { definition }: CompiledConnector): IntegrationLimits {
  return {
    perSecond: limits?.perSecond ?? definition.limits.perSecond,
    concurrency: limits?.concurrency ?? definition.limits.concurrency,
    timeoutMs: limits?.timeout === undefined ? definition.limits.timeoutMs : parseDuration(limits.timeout),
  }
}

function catalogOf(byName: ReadonlyMap<string, Integration>): IntegrationCatalog {
  const info = (integration: string, operation: string): OperationInfo | null => {
    const compiled = byName.get(integration)?.connector.operations.get(operation)
    return compiled === undefined ? null : { integration, operation, repeatable: compiled.repeatable }
  }
  const carriers = carriersOf([...byName.values()], ({ channels }) => channels)
  return {
    operation: info,
    channel: (channel) => {
      const carrier = carriers.get(channel)
      return carrier === undefined ? null : info(carrier.by.name, carrier.operation)
    },
    target: (integration, operation) => {
      const found = byName.get(integration)
      return found === undefined ? null : sendTarget(found, operation)
    },
  }
}
