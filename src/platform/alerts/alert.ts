import type { JsonObject } from '../../kernel/json.ts'

export type AlertSeverity = 'info' | 'warning' | 'critical'

export type AlertStatus = 'open' | 'acknowledged' | 'resolved'

/** A condition that somebody must know of, as it is found. Raised again and again while it holds. */
export interface AlertCondition {
  /** null: the installation's. */
  readonly tenantId: string | null
  /** Stable code, `NX-ALERT-…`. */
  readonly code: string
  /** What it is about, within tenant and code: an integration, a shard, a loop. Tenant, code and subject make it the same alert. */
  readonly subject: string
  readonly severity: AlertSeverity
  readonly title: string
  /** What was measured. No secrets, no personal data. */
  readonly detail: string
  /** A command or an action. */
  readonly fix: string
  readonly facts: JsonObject
}

/** An alert as a durable row. One row per occurrence: when it comes back after it was resolved it is a new one. */
export interface Alert extends AlertCondition {
  readonly id: string
  readonly status: AlertStatus
  readonly firstAt: string
  readonly lastAt: string
  /** How often the condition was seen. */
  readonly seen: number
  readonly acknowledgedBy: string | null
  readonly acknowledgedAt: string | null
  readonly resolvedAt: string | null
}
