import type { JsonObject } from '../../kernel/json.ts'
import type { GateTrouble } from '../../messaging/dispatch/failover.ts'
import type { IntegrationMode } from '../../sales-core/policies/send-target.ts'
import type { CompiledConnector } from './compile-connector.ts'
import type { AuthDefinition } from './definition/auth-definition.ts'
import type { WebhookReceiver } from './webhooks/webhook-receiver.ts'

/** Where a credential comes from: a secret of the tenant, or a plain value (a user name). */
export type CredentialSource = { readonly secret: string } | { readonly value: string }

/** Limits of one integration: calls a second of all daemons together, calls under way on one daemon. */
export interface IntegrationLimits {
  readonly perSecond: number
  readonly concurrency: number
  readonly timeoutMs: number
}

/** Where messages go while their integration has taken no calls for `afterMs`, and for which troubles. */
export interface ChannelFailover {
  readonly to: string
  readonly afterMs: number
  readonly on: ReadonlySet<GateTrouble>
}

/** Which streams of an integration are read, and how often. */
export interface ReconcilePlan {
  readonly everyMs: number
  readonly streams: readonly string[]
  /** Does the document take webhooks? If not, what a poll finds is no sign of lost ones. */
  readonly hasWebhooks: boolean
}

/** An integration ready to be called: a connector with a customer's connection. Immutable, compiled per document. */
export interface Integration {
  readonly name: string
  readonly connector: CompiledConnector
  /** May still hold {{ connection.x }}, of fields that come with a token. */
  readonly baseUrl: string
  readonly connection: JsonObject
  readonly auth: AuthDefinition
  readonly credentials: Readonly<Record<string, CredentialSource>>
  readonly limits: IntegrationLimits
  readonly mode: IntegrationMode
  /** channel -> operation. */
  readonly channels: Readonly<Record<string, string>>
  /** channel -> where its messages go while this integration takes no calls. */
  readonly failover: Readonly<Record<string, ChannelFailover>>
  /** How long its credentials must have been refused until it only reads; null: it never does by itself. */
  readonly readOnlyAfterMs: number | null
  /** null: it takes no webhooks. */
  readonly webhooks: WebhookReceiver | null
  /** What is read now and then to find what webhooks lost; null or absent: nothing. */
  readonly reconcile?: ReconcilePlan | null
}

/** Finds integrations in the active configuration. */
export interface IntegrationProvider {
  /**
   * null when the active configuration has none of that name. `operation`: what is to be carried out; one that only the candidate of
   * a rollout brings is found there. Throws what the store throws.
   */
  integration(
    tenantId: string,
    workspace: string,
    name: string,
    operation?: string,
  ): Promise<Integration | null>
}
