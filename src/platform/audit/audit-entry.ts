import type { JsonValue } from '../../kernel/json.ts'

/** One change by a person or a control loop. Written in the change's own transaction. Secrets never appear. */
export interface AuditEntry {
  readonly tenantId: string | null
  readonly actor: string
  /** `tenant.create`, `config.apply`, … */
  readonly action: string
  /** What was changed: `tenant/acme`, `secret/ghl-token`. */
  readonly target: string
  readonly reason: string | null
  readonly before: JsonValue
  readonly after: JsonValue
}
