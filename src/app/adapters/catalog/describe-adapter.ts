import type {
  ConnectorDefinition,
  OperationDefinition,
} from '../../../adapters/connectors/define-connector.ts'
import type { AuthDefinition } from '../../../adapters/connectors/definition/auth-definition.ts'
import type { Fact } from '../../../adapters/connectors/definition/field-definition.ts'
import { defaultVersion } from '../../../adapters/connectors/definition/api-version.ts'
import { idempotencyOf } from '../../../adapters/connectors/definition/idempotency.ts'
import type { IdempotencyClass } from '../../../adapters/connectors/definition/idempotency.ts'
import type { IntegrationLimits, ReconcilePlan } from '../../../adapters/connectors/integration.ts'
import type { IntegrationSpec } from '../../../adapters/connectors/integration-schema.ts'
import type { JsonObject } from '../../../kernel/json.ts'
import type { IntegrationMode } from '../../../sales-core/policies/send-target.ts'
import type { StreamStanding } from '../../../platform/reconcile/reconcile-store.ts'
import type { Settings } from '../../config/settings.ts'
import type { ActiveAdapter, AdapterPlace } from './active-adapter.ts'
import { describeWebhooks } from './describe-webhooks.ts'
import type { WebhookDescription } from './describe-webhooks.ts'

/** One thing that can be asked of a system. */
export interface OperationDescription {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly effect: OperationDefinition['effect']
  /** Why it may be repeated, or not: native, natural, verifiable, none. */
  readonly idempotency: IdempotencyClass
  readonly requires: readonly string[]
  readonly channels: readonly string[]
}

/** A credential by its name; never its value. */
export interface CredentialDescription {
  readonly name: string
  /** The secret of the tenant that the document names; null: it names none. */
  readonly secret: string | null
  readonly optional: boolean
  readonly help: string | null
}

/** Where messages of a channel go meanwhile. */
export interface FailoverDescription {
  readonly channel: string
  readonly to: string
  readonly afterMs: number
  readonly on: readonly string[]
}

/** What is polled for what webhooks lost. */
export interface ReconcileDescription {
  /** How often, milliseconds; null: it is off. */
  readonly everyMs: number | null
  readonly streams: readonly string[]
  /** Where they stand, once a daemon has seen the document. */
  readonly standings: readonly StreamStanding[]
}

/** A connector, and what an integration makes of it. */
export interface AdapterDescription {
  /** null: a connector by itself. */
  readonly integration: {
    readonly name: string
    readonly mode: IntegrationMode
    readonly connection: JsonObject
    /** Where messages of a channel go while it takes no calls, after how long, and for which troubles. */
    readonly failover: readonly FailoverDescription[]
    /** After how long with refused credentials it only reads, milliseconds; null: it never does by itself. */
    readonly readOnlyAfterMs: number | null
  } | null
  readonly connector: string
  readonly vendor: string
  readonly baseUrl: string
  readonly apiVersion: {
    readonly used: string | null
    readonly known: readonly { readonly id: string; readonly sunset: string | null }[]
  }
  readonly auth: readonly string[]
  readonly credentials: readonly CredentialDescription[]
  readonly operations: readonly OperationDescription[]
  readonly channels: Readonly<Record<string, string>>
  readonly limits: IntegrationLimits
  /** Headers that say what is left of the vendor's own budgets. */
  readonly budgetHeaders: readonly string[]
  readonly webhooks: WebhookDescription | null
  /** What is polled for what webhooks lost; null: the connector has nothing to poll. */
  readonly reconcile: ReconcileDescription | null
  /** The operation of `adapter test`. */
  readonly health: string | null
  readonly facts: readonly Fact[]
}

/** A built-in connector by itself. Pure. */
export function describeConnector(definition: ConnectorDefinition): AdapterDescription {
  return {
    integration: null,
    ...commonOf(definition),
    baseUrl: definition.baseUrl,
    apiVersion: versionsOf(definition, undefined),
    auth: definition.auth.map(authTitle),
    credentials: credentialsOf(definition, {}),
    channels: definition.channels,
    limits: definition.limits,
    webhooks: definition.webhooks === null ? null : describeWebhooks(definition.webhooks, null),
    reconcile: reconcileOf(definition, null, []),
  }
}

/** An integration of a tenant. Pure. */
export function describeAdapter(
  { spec, integration }: ActiveAdapter,
  place: Pick<AdapterPlace, 'slug'>,
  settings: Pick<Settings, 'publicUrl' | 'httpListen'>,
  standings: readonly StreamStanding[] = [],
): AdapterDescription {
  const { connector, name, mode, connection, webhooks, channels, limits, baseUrl, auth, credentials } =
    integration
  const { failover, readOnlyAfterMs } = integration
  const { definition } = connector
  return {
    integration: {
      ...{ name, mode, connection, readOnlyAfterMs },
      failover: Object.entries(failover).map(([channel, { to, afterMs, on }]) => ({
        ...{ channel, to, afterMs },
        on: [...on],
      })),
    },
    ...commonOf(definition),
    baseUrl,
    apiVersion: versionsOf(definition, vendorVersionOf(spec)),
    auth: [authTitle(auth)],
    credentials: credentialsOf(definition, credentials),
    channels,
    limits,
    webhooks:
      definition.webhooks === null || webhooks === null
        ? null
        : describeWebhooks(definition.webhooks, { receiver: webhooks, name, slug: place.slug, settings }),
    reconcile: reconcileOf(
      definition,
      integration.reconcile ?? null,
      standings.filter((one) => one.integration === name),
    ),
  }
}

function reconcileOf(
  { reconcile }: ConnectorDefinition,
  plan: ReconcilePlan | null,
  standings: readonly StreamStanding[],
): ReconcileDescription | null {
  if (reconcile === undefined) return null
  const streams = plan?.streams ?? reconcile.streams.map(({ name }) => name)
  return { everyMs: plan?.everyMs ?? null, streams, standings }
}

function commonOf(definition: ConnectorDefinition) {
  const { connector, vendor, health, facts, budget } = definition
  return {
    connector,
    vendor,
    operations: operationsOf(definition),
    budgetHeaders: (budget ?? []).map(({ remaining }) => remaining),
    health: health ?? null,
    facts,
  }
}

function operationsOf({ operations, channels }: ConnectorDefinition): readonly OperationDescription[] {
  return Object.entries(operations).map(([name, operation]) => ({
    name,
    method: operation.method,
    path: operation.path,
    effect: operation.effect,
    idempotency: idempotencyOf(operation),
    requires: operation.requires ?? [],
    channels: Object.keys(channels).filter((channel) => channels[channel] === name),
  }))
}

function vendorVersionOf(spec: IntegrationSpec): string | undefined {
  return 'vendorVersion' in spec ? spec.vendorVersion : undefined
}

function versionsOf(
  definition: ConnectorDefinition,
  named: string | undefined,
): AdapterDescription['apiVersion'] {
  const known = definition.apiVersions ?? []
  return {
    used: named ?? defaultVersion(definition)?.id ?? null,
    known: known.map(({ id, sunset }) => ({ id, sunset: sunset ?? null })),
  }
}

function credentialsOf(
  { credentials: declared }: ConnectorDefinition,
  given: ActiveAdapter['integration']['credentials'],
): readonly CredentialDescription[] {
  const names = [...new Set([...Object.keys(declared), ...Object.keys(given)])]
  return names.map((name) => {
    const source = given[name]
    return {
      name,
      secret: source !== undefined && 'secret' in source ? source.secret : null,
      optional: declared[name]?.optional === true,
      help: declared[name]?.help ?? null,
    }
  })
}

function authTitle(auth: AuthDefinition): string {
  if (auth.kind === 'oauth2') return `oauth2 ${auth.grant}`
  return auth.kind === 'mtls' && auth.with !== undefined ? `mtls, ${authTitle(auth.with)}` : auth.kind
}
