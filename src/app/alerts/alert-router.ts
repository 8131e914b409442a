import type { Clock } from '../../kernel/clock.ts'
import { errorText } from '../../kernel/errors.ts'
import type { Logger } from '../../kernel/logger.ts'
import type { AlertNoticeStore, NoticeableAlert } from '../../platform/alerts/alert-notices.ts'
import type { Alert, AlertCondition } from '../../platform/alerts/alert.ts'
import { dueOccurrence } from '../../platform/alerts/due-occurrence.ts'
import { conditionOf } from '../../platform/alerts/observations.ts'
import { asObject } from '../../sales-core/templates/compile-value.ts'
import type { Tenant } from '../../platform/tenants/tenant.ts'
import { alertCommand } from './alert-command.ts'
import { alertValues } from './alert-input.ts'
import type { CompiledAlertRoute } from './compile-alert-routes.ts'

/** Alerts of each state that one round looks at. */
const alertsMax = 1_000
/** For so long after an alert is over its routes may still be told. */
const resolvedWithinMs = 60 * 60_000

/** Where the routes come from. */
export interface AlertRoutes {
  /** Those that apply to a tenant. */
  ofTenant(tenantId: string): Promise<readonly CompiledAlertRoute[]>
  /** Tenants through which the installation's own alerts are sent, by the slugs that global routes name. */
  senders(): Promise<readonly string[]>
}

export interface AlertRouterOptions {
  readonly notices: AlertNoticeStore
  readonly routes: AlertRoutes
  readonly tenants: { bySlug(slug: string): Tenant | null; byId(id: string): Tenant | null }
  readonly clock: Clock
  readonly logger: Logger
  /** New commands are queued: look now. */
  readonly onSent: () => void
}

/** A tenant and the routes that it sends an alert by. */
interface Sender {
  readonly tenant: Tenant
  readonly routes: readonly CompiledAlertRoute[]
}

/**
 * Tells routes of alerts, by commands through the durable queue: each alert, route and occurrence once. An alert about an
 * integration is never sent through that integration, so that trouble with sending makes no alerts without end. A route that
 * cannot be used is an alert itself, which other routes may carry.
 */
export class AlertRouter {
  readonly counters = { sent: 0, withheld: 0 }
  readonly #options: AlertRouterOptions

  constructor(options: AlertRouterOptions) {
    this.#options = options
  }

  /** Sends what is due. Returns the routes that could not be used, as conditions: all there are now. */
  async round(): Promise<readonly AlertCondition[]> {
    const broken: AlertCondition[] = []
    const alerts = await this.#options.notices.noticeable(resolvedWithinMs, alertsMax)
    if (alerts.length === 0) return broken
    const installation = await this.#installationSenders(broken)
    const ofTenant = new Map<string, readonly Sender[]>()
    for (const noticeable of alerts) {
      const { tenantId } = noticeable.alert
      if (tenantId !== null && !ofTenant.has(tenantId))
        ofTenant.set(tenantId, await this.#tenantSenders(tenantId, broken))
      const senders = tenantId === null ? installation : (ofTenant.get(tenantId) ?? [])
      for (const { tenant, routes } of senders)
        for (const route of routes) await this.#tell(noticeable, tenant, route, broken)
    }
    return broken
  }

  async #tenantSenders(tenantId: string, broken: AlertCondition[]): Promise<readonly Sender[]> {
    const tenant = this.#options.tenants.byId(tenantId)
    if (tenant === null) return []
    try {
      const routes = await this.#options.routes.ofTenant(tenantId)
      return [{ tenant, routes: routes.filter(({ through }) => through === null) }]
    } catch (error) {
      broken.push(brokenRoute(tenantId, 'configuration', errorText(error)))
      return []
    }
  }

  async #installationSenders(broken: AlertCondition[]): Promise<readonly Sender[]> {
    const senders: Sender[] = []
    for (const slug of await this.#options.routes.senders()) {
      const tenant = this.#options.tenants.bySlug(slug)
      if (tenant === null) {
        broken.push(brokenRoute(null, `through/${slug}`, `There is no tenant ${slug}`))
        continue
      }
      try {
        const routes = await this.#options.routes.ofTenant(tenant.id)
        senders.push({ tenant, routes: routes.filter(({ through }) => through === slug) })
      } catch (error) {
        broken.push(brokenRoute(null, `through/${slug}`, errorText(error)))
      }
    }
    return senders
  }

  async #tell(
    { alert, notices }: NoticeableAlert,
    tenant: Tenant,
    route: CompiledAlertRoute,
    broken: AlertCondition[],
  ): Promise<void> {
    const { clock, logger } = this.#options
    const name = route.terms.name
    if (route.operation === null) {
      broken.push(
        brokenRoute(alert.tenantId, `route/${name}`, 'Its integration, operation or channel is not there'),
      )
      return
    }
    const occurrence = dueOccurrence(route.terms, alert, notices, clock.now())
    if (occurrence === null) return
    const notice = { route: name, occurrence }
    const concerns = alert.facts['integration']
    // What is wrong with the installation never concerns an integration; a tenant's alert names one of the tenant's.
    if (alert.tenantId !== null && concerns === route.operation.integration) {
      await this.#withhold(alert, notice, 'It is about the integration that would send it')
      return
    }
    const slug = alert.tenantId === null ? null : tenant.slug
    const rendered = route.input.render(alertValues(alert, slug, occurrence))
    if (rendered.state === 'error') {
      await this.#withhold(alert, notice, `${rendered.code}: ${rendered.message}`)
      return
    }
    const command = alertCommand({
      tenantId: tenant.id,
      alert,
      notice,
      operation: route.operation,
      input: asObject(rendered.value),
      now: clock.now(),
    })
    if (!(await this.#options.notices.send(alert, notice, command))) return
    this.counters.sent += 1
    logger.info({ alert: alert.id, code: alert.code, route: name, occurrence }, 'An alert is being sent')
    this.#options.onSent()
  }

  async #withhold(alert: Alert, notice: { route: string; occurrence: string }, why: string): Promise<void> {
    await this.#options.notices.withhold(alert, notice, why)
    this.counters.withheld += 1
    this.#options.logger.warn({ alert: alert.id, code: alert.code, ...notice, why }, 'An alert is not sent')
  }
}

function brokenRoute(tenantId: string | null, subject: string, detail: string): AlertCondition {
  return conditionOf('NX-ALERT-ROUTE-BROKEN', {
    tenantId,
    subject,
    detail,
    fix: 'Correct the AlertRoute or its Integration, then: neuronx config apply',
    facts: {},
  })
}
