import { parseDuration } from '../../kernel/duration.ts'
import type { DocumentSet } from '../../control-plane/documents/document-kind.ts'
import type { IntegrationCatalog, OperationInfo } from '../../sales-core/decide/sales-config.ts'
import { sendTarget } from './catalog/send-target.ts'
import { compileConnector } from './compile-connector.ts'
import type { CompiledConnector } from './compile-connector.ts'
import type { Integration, IntegrationLimits } from './integration.ts'
import { integrationKind } from './integration-kind.ts'
import type {
  GohighlevelIntegrationSpec,
  HttpIntegrationSpec,
  IntegrationSpec,
} from './integration-schema.ts'
import { gohighlevel } from './vendors/gohighlevel.ts'
import { httpConnector, httpCredentials } from './vendors/http.ts'
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

const gohighlevelCompiled = compileConnector(gohighlevel)

/** Makes one Integration document ready to run. */
export function compileIntegration(spec: IntegrationSpec): Integration {
  return spec.connector === 'http' ? compileHttp(spec) : compileGohighlevel(spec)
}

function compileHttp(spec: HttpIntegrationSpec): Integration {
  const connector = compileConnector(httpConnector(spec))
  return {
    name: spec.name,
    connector,
    baseUrl: spec.connection.baseUrl,
    connection: spec.connection,
    auth: connector.definition.auth,
    credentials: httpCredentials(spec),
    limits: limitsOf(spec, connector),
    mode: spec.mode ?? 'live',
    channels: connector.definition.channels,
    webhooks: null,
  }
}

function compileGohighlevel(spec: GohighlevelIntegrationSpec): Integration {
  const { webhooks, tables, channels } = gohighlevel
  const connection = { locationId: spec.connection.locationId }
  const served = new Set<string>(spec.channels ?? Object.keys(channels))
  return {
    name: spec.name,
    connector: gohighlevelCompiled,
    baseUrl: spec.connection.baseUrl ?? gohighlevel.baseUrl,
    connection,
    auth: gohighlevel.auth,
    credentials: spec.credentials,
    limits: limitsOf(spec, gohighlevelCompiled),
    mode: spec.mode ?? 'live',
    channels: Object.fromEntries(Object.entries(channels).filter(([channel]) => served.has(channel))),
    webhooks: new WebhookReceiver({
      integration: spec.name,
      definition: webhooks,
      tables,
      connection,
      keys: {
        ed25519PublicKey: spec.webhooks?.ed25519PublicKey ?? '',
        rsaPublicKey: spec.webhooks?.rsaPublicKey ?? '',
      },
      toleranceMs:
        spec.webhooks?.tolerance === undefined
          ? webhooks.toleranceMs
          : parseDuration(spec.webhooks.tolerance),
    }),
  }
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
  const byChannel = new Map<string, OperationInfo>()
  for (const integration of byName.values()) {
    for (const [channel, operation] of Object.entries(integration.channels)) {
      const carrier = info(integration.name, operation)
      if (carrier !== null && !byChannel.has(channel)) byChannel.set(channel, carrier)
    }
  }
  return {
    operation: info,
    channel: (channel) => byChannel.get(channel) ?? null,
    target: (integration, operation) => {
      const found = byName.get(integration)
      return found === undefined ? null : sendTarget(found, operation)
    },
  }
}
