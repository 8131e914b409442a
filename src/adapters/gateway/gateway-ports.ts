import type { IntakeRequest, IntakeResult } from '../../messaging/intake/event-intake.ts'
import type { QuotaState } from '../../messaging/intake/tenant-quota.ts'
import type { TokenInfo } from '../../platform/access/token-store.ts'
import type { Tenant } from '../../platform/tenants/tenant.ts'
import type { WebhookReceiver } from '../connectors/webhooks/webhook-receiver.ts'

/** Takes requests into the log. Resolves after the commit. */
export interface IntakeGateway {
  /** Throws NX-INTAKE-… (RetryLater) when too much waits or it takes too long, and what the store throws (retryable: it is down). */
  accept(request: IntakeRequest): Promise<IntakeResult>
}

/** How many events tenants may send; in memory. */
export interface QuotaGateway {
  /** Throws NX-INTAKE-RATE (RetryLater); nothing is taken then. */
  take(tenantId: string, events: number): void
  /** Throws the same when not even one event would be taken. */
  requireAny(tenantId: string): void
  putBack(tenantId: string, events: number): void
  state(tenantId: string): QuotaState
}

/** Who may ask, in memory. */
export interface GatewayDirectory {
  /** The usable token with this sha256 (hex); null when there is none, or it was revoked, or it expired. */
  byTokenHash(hash: string): { readonly token: TokenInfo; readonly tenant: Tenant } | null
  bySlug(slug: string): Tenant | null
}

/** The receiver of a tenant's integration, and whose events its webhooks become. */
export interface WebhookRoute {
  readonly workspace: string
  readonly receiver: WebhookReceiver
}

export interface WebhookRoutes {
  /** null when the tenant has no such integration, or it takes no webhooks. Throws what the store throws. */
  route(tenantId: string, integration: string): Promise<WebhookRoute | null>
}

/** Something that must work before requests are worth sending here. */
export interface ReadinessCheck {
  readonly name: string
  /** Resolves when it works; throws why not. */
  check(): Promise<void>
}

/** Counts what happened at the edge; src/app turns it into metrics. */
export interface GatewayObserver {
  request(route: string, status: number, durationMs: number): void
  /** Events taken, repeats of known ones included. */
  accepted(events: number, duplicates: number): void
  refusedWebhook(why: string): void
}
