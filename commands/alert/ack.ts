import { boolean } from '@oclif/core/flags'
import { AlertCommand } from '../../src/cli/alert-command.ts'
import { reasonFlag, requiredArg, tenantFlag } from '../../src/cli/flags.ts'
import type { Alert } from '../../src/platform/alerts/alert.ts'

export default class AlertAck extends AlertCommand<Alert> {
  static override summary = 'Say that somebody is at it: an alert is no longer repeated.'
  static override description =
    'It stays an alert until its condition is gone, which the watching daemon sees by itself. Kept in the audit log.'
  static override examples = [
    {
      description: 'With a reason:',
      command: 'neuronx alert ack 6f0e… --tenant acme --reason "vendor told"',
    },
    { description: 'Of the installation:', command: 'neuronx alert ack 6f0e… --installation' },
  ]
  static override args = { id: requiredArg('Id of the alert.') }
  static override flags = {
    ...tenantFlag,
    ...reasonFlag,
    installation: boolean({ summary: "One of the installation's own.", exclusive: ['tenant'] }),
  }

  override async run(): Promise<Alert> {
    const { args, flags } = await this.parse(AlertAck)
    return this.withAlerts(flags, 'alert.manage', ({ alerts, tenantId, actor }) =>
      alerts.acknowledge(tenantId, args.id, actor, flags.reason ?? null),
    )
  }

  protected override render(alert: Alert): void {
    const by = alert.acknowledgedBy === null ? '' : ` by ${alert.acknowledgedBy}`
    this.output.print(`${alert.id} is ${alert.status}${by}`)
  }
}
