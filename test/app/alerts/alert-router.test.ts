import { expect } from 'chai'
import { checkAlertInput, compileAlertInput } from '../../../src/app/alerts/alert-input.ts'
import { AlertRouter } from '../../../src/app/alerts/alert-router.ts'
import type { CompiledAlertRoute } from '../../../src/app/alerts/compile-alert-routes.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import type { Command } from '../../../src/messaging/commands/command.ts'
import type { Alert } from '../../../src/platform/alerts/alert.ts'
import type { AlertNotice, AlertNoticeStore } from '../../../src/platform/alerts/alert-notices.ts'
import type { Tenant } from '../../../src/platform/tenants/tenant.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'
import { openAlert } from '../../support/alerts/installation-facts.ts'

const acme: Tenant = {
  id: '00000000-0000-0000-0000-00000000000a',
  slug: 'acme',
  name: 'Acme',
  status: 'active',
  unknownEvents: 'accept',
  createdAt: '2026-03-05T12:00:00.000Z',
}

class MemoryNotices implements AlertNoticeStore {
  readonly alerts: Alert[]
  readonly notices = new Map<string, AlertNotice[]>()
  readonly commands: Command[] = []
  constructor(alerts: readonly Alert[]) {
    this.alerts = [...alerts]
  }
  async noticeable() {
    return this.alerts.map((alert) => ({ alert, notices: this.notices.get(alert.id) ?? [] }))
  }
  async send(alert: Alert, notice: { route: string; occurrence: string }, command: Command) {
    this.#note(alert, notice, true)
    this.commands.push(command)
    return true
  }
  async withhold(alert: Alert, notice: { route: string; occurrence: string }) {
    this.#note(alert, notice, false)
  }
  #note(alert: Alert, notice: { route: string; occurrence: string }, sent: boolean) {
    const before = this.notices.get(alert.id) ?? []
    this.notices.set(alert.id, [...before, { ...notice, sent, at: '2026-03-05T12:00:00.000Z' }])
  }
}

function route(over: Partial<CompiledAlertRoute> & { name?: string } = {}): CompiledAlertRoute {
  const { name = 'page', ...rest } = over
  return {
    terms: { name, severities: null, codes: null, repeatEveryMs: null, resolved: false },
    through: null,
    operation: { integration: 'pager', operation: 'page', repeatable: 'yes' },
    input: compileAlertInput({ text: '{{ alert.tenant }}: {{ alert.title }}', times: '{{ alert.seen }}' }),
    ...rest,
  }
}

function setup(
  alerts: readonly Alert[],
  routes: readonly CompiledAlertRoute[],
  senders: readonly string[] = [],
) {
  const notices = new MemoryNotices(alerts)
  const router = new AlertRouter({
    notices,
    routes: { ofTenant: async () => routes, senders: async () => senders },
    tenants: {
      byId: (id) => (id === acme.id ? acme : null),
      bySlug: (slug) => (slug === 'acme' ? acme : null),
    },
    clock: new ManualClock(),
    logger: silentLogger,
    onSent: () => {},
  })
  return { notices, router }
}

describe('routing of alerts', () => {
  it('queues one command for each alert and route, with texts that see the alert', async () => {
    const { notices, router } = setup([openAlert()], [route()])
    await router.round()
    await router.round()
    expect(
      notices.commands.map(({ tenantId, entityKey, cause, input }) => ({
        tenantId,
        entityKey,
        cause,
        input,
      })),
    ).to.deep.equal([
      {
        tenantId: acme.id,
        entityKey: `default/alert/${openAlert().id}`,
        cause: 'AlertRoute/page',
        input: { text: 'acme: An integration is down', times: 1 },
      },
    ])
  })

  it('makes the same command of the same alert, route and occurrence', async () => {
    const [a, b] = [
      setup([openAlert()], [route()]),
      setup([openAlert()], [route(), route({ name: 'other' })]),
    ]
    await a.router.round()
    await b.router.round()
    expect(b.notices.commands[0]?.id).to.equal(a.notices.commands[0]?.id)
    expect(b.notices.commands[1]?.id).to.not.equal(a.notices.commands[0]?.id)
  })

  it('never sends an alert through the integration that it is about, and says so once', async () => {
    const own = route({ operation: { integration: 'ghl', operation: 'sms', repeatable: 'no' } })
    const { notices, router } = setup([openAlert()], [own, route({ name: 'other' })])
    await router.round()
    await router.round()
    expect(notices.commands.map(({ integration }) => integration)).to.deep.equal(['pager'])
    expect(router.counters).to.include({ sent: 1, withheld: 1 })
  })

  it('sends the installation’s alerts through the tenant that a route names, and no tenant’s alert there', async () => {
    const through = route({ name: 'ops', through: 'acme' })
    const own = openAlert({ tenantId: null, id: '00000000-0000-0000-0000-0000000000a2', facts: {} })
    const { notices, router } = setup([own, openAlert()], [through, route()], ['acme'])
    await router.round()
    expect(notices.commands.map(({ cause, correlationId }) => [cause, correlationId])).to.deep.equal([
      ['AlertRoute/ops', own.id],
      ['AlertRoute/page', openAlert().id],
    ])
    expect(notices.commands[0]?.input).to.deep.include({ text: ': An integration is down' })
  })

  it('reports a route whose integration is gone, and one whose tenant is', async () => {
    const own = openAlert({ tenantId: null, facts: {} })
    const { router, notices } = setup([own, openAlert()], [route({ operation: null })], ['nobody'])
    const broken = await router.round()
    expect(broken.map(({ code, tenantId, subject }) => [code, tenantId, subject])).to.deep.equal([
      ['NX-ALERT-ROUTE-BROKEN', null, 'through/nobody'],
      ['NX-ALERT-ROUTE-BROKEN', acme.id, 'route/page'],
    ])
    expect(notices.commands).to.deep.equal([])
  })

  it('finds a text that reads what alerts do not have before it is applied', () => {
    expect(
      checkAlertInput({ text: '{{ alert.tilte }}' }).map(({ code, path }) => [code, path]),
    ).to.deep.equal([['NX-TEMPLATE-UNKNOWN', ['text']]])
    expect(checkAlertInput({ text: '{{ alert.facts.integration }}' })).to.deep.equal([])
  })
})
