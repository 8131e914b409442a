import { boolean, string } from '@oclif/core/flags'
import { AlertCommand } from '../../src/cli/alert-command.ts'
import { pageFlags, pageOf, tenantFlag } from '../../src/cli/flags.ts'
import type { Alert, AlertSeverity, AlertStatus } from '../../src/platform/alerts/alert.ts'
import type { Page } from '../../src/messaging/reading/event-reader.ts'

const statuses: readonly AlertStatus[] = ['open', 'acknowledged', 'resolved']
const severities: readonly AlertSeverity[] = ['info', 'warning', 'critical']

export default class AlertList extends AlertCommand<Page<Alert>> {
  static override summary = 'List alerts: what somebody must know of, and what to do.'
  static override description =
    "Newest first, of one tenant, or the installation's own with --installation: open ones unless --status says otherwise. The watching daemon raises and resolves them."
  static override examples = [
    { description: 'Of a tenant:', command: 'neuronx alert list --tenant acme' },
    { description: 'Of the installation:', command: 'neuronx alert list --installation --severity critical' },
  ]
  static override flags = {
    ...tenantFlag,
    ...pageFlags,
    installation: boolean({ summary: "The installation's own alerts.", exclusive: ['tenant'] }),
    status: string({
      options: [...statuses, 'all'],
      default: 'open',
      summary: 'Only alerts of this status.',
      helpValue: 'STATUS',
    }),
    severity: string({ options: severities, summary: 'Only alerts so severe.', helpValue: 'SEVERITY' }),
    code: string({ summary: 'Only alerts with this code.', helpValue: 'NX-ALERT-…' }),
  }

  override async run(): Promise<Page<Alert>> {
    const { flags } = await this.parse(AlertList)
    const status = statuses.find((known) => known === flags.status)
    const severity = severities.find((known) => known === flags.severity)
    const filter = {
      ...(status === undefined ? {} : { status }),
      ...(severity === undefined ? {} : { severity }),
      ...(flags.code === undefined ? {} : { code: flags.code }),
    }
    return this.withAlerts(flags, 'alert.read', ({ alerts, tenantId }) =>
      alerts.list(tenantId, filter, pageOf(flags)),
    )
  }

  protected override render(page: Page<Alert>): void {
    const columns = [
      { title: 'ID', value: (alert: Alert) => alert.id },
      { title: 'SEVERITY', value: (alert: Alert) => alert.severity },
      { title: 'CODE', value: (alert: Alert) => alert.code },
      { title: 'STATUS', value: (alert: Alert) => alert.status },
      { title: 'SINCE', value: (alert: Alert) => alert.firstAt },
      { title: 'DETAIL', value: (alert: Alert) => alert.detail, shrink: true },
    ]
    this.printPage(page, columns, 'There are no such alerts.')
  }
}
