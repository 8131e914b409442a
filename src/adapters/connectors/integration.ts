import type { JsonObject } from '../../kernel/json.ts'
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
  /** null: it takes no webhooks. */
  readonly webhooks: WebhookReceiver | null
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
