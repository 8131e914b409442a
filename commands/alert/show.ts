import { boolean } from '@oclif/core/flags'
import { AlertCommand } from '../../src/cli/alert-command.ts'
import { foundOr } from '../../src/cli/errors/not-found.ts'
import { requiredArg, tenantFlag } from '../../src/cli/flags.ts'
import { renderJson } from '../../src/cli/views/render-json.ts'
import { renderFacts } from '../../src/cli/views/table.ts'
import type { Alert } from '../../src/platform/alerts/alert.ts'

export default class AlertShow extends AlertCommand<Alert> {
  static override summary = 'Show one alert: what was found, since when, and the fix.'
  static override description = 'The id is the one of `alert list`.'
  static override examples = [
    { description: 'Of a tenant:', command: 'neuronx alert show 6f0e… --tenant acme' },
    { description: 'Of the installation:', command: 'neuronx alert show 6f0e… --installation' },
  ]
  static override args = { id: requiredArg('Id of the alert.') }
  static override flags = {
    ...tenantFlag,
    installation: boolean({ summary: "One of the installation's own.", exclusive: ['tenant'] }),
  }

  override async run(): Promise<Alert> {
    const { args, flags } = await this.parse(AlertShow)
    return this.withAlerts(flags, 'alert.read', async ({ alerts, tenantId }) =>
      foundOr(await alerts.alert(tenantId, args.id), 'alert', args.id, 'neuronx alert list'),
    )
  }

  protected override render(alert: Alert): void {
    const { acknowledgedBy, acknowledgedAt } = alert
    const facts = [
      ['ID', alert.id],
      ['CODE', alert.code],
      ['SEVERITY', alert.severity],
      ['STATUS', alert.status],
      ['ABOUT', alert.subject],
      ['TITLE', alert.title],
      ['DETAIL', alert.detail],
      ['FIX', alert.fix],
      ['SINCE', alert.firstAt],
      ['LAST SEEN', alert.lastAt],
      ['SEEN', alert.seen],
      ['ACKNOWLEDGED', acknowledgedBy === null ? null : `${acknowledgedBy}, ${acknowledgedAt ?? ''}`],
      ['RESOLVED', alert.resolvedAt],
    ] as const
    this.output.print(renderFacts(facts, this.output))
    this.output.print(`\n${this.output.theme.faint('FACTS')}\n${renderJson(alert.facts)}`)
  }
}
