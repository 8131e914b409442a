import type { Page, PageRequest } from '../../messaging/reading/event-reader.ts'
import type { Actor } from '../access/actor.ts'
import type { Alert, AlertCondition, AlertSeverity, AlertStatus } from './alert.ts'

export interface AlertFilter {
  readonly status?: AlertStatus
  readonly severity?: AlertSeverity
  readonly code?: string
}

/** How many alerts of a code are not resolved. */
export interface AlertCount {
  readonly code: string
  readonly severity: AlertSeverity
  readonly count: number
}

/** Alerts: raised by control loops, seen and acknowledged by people. */
export interface AlertStore {
  /**
   * What one watcher found: new conditions become open alerts, known ones are counted, and open alerts of `codes` whose condition
   * is not among them are resolved. Returns the alerts that are new.
   */
  report(codes: readonly string[], conditions: readonly AlertCondition[]): Promise<readonly Alert[]>
  /** Tenant null: the installation's. Newest first. */
  list(tenantId: string | null, filter: AlertFilter, page: PageRequest): Promise<Page<Alert>>
  alert(tenantId: string | null, id: string): Promise<Alert | null>
  /** Writes an audit row. Throws NX-ALERT-NOT-FOUND. */
  acknowledge(tenantId: string | null, id: string, actor: Actor, reason: string | null): Promise<Alert>
  /** Unresolved alerts of all tenants and of the installation, by code and severity: for metrics. */
  counts(): Promise<readonly AlertCount[]>
  /** Forgets what was resolved 90 days ago, a thousand at a time. Returns how many. */
  forgetOld(): Promise<number>
}
