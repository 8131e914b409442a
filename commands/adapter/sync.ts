import { string } from '@oclif/core/flags'
import type { SyncReport } from '../../src/app/reconcile/sync-adapter.ts'
import { renderSync } from '../../src/cli/adapters/render-reconcile.ts'
import { exitCodes } from '../../src/cli/errors/exit-codes.ts'
import { dryRunFlag, parseTime, requiredArg, tenantFlag, workspaceFlag } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'

export default class AdapterSync extends OperatorCommand<SyncReport> {
  static override summary = 'Read what webhooks of an integration may have lost, now.'
  static override description =
    "What a daemon's poll does, from this machine: reads what changed since the last poll, out of the integration's budget, and publishes events of what no webhook told. What was told already is recognised. --since reads all since then, and leaves the place of the polls as it is. Exit code 0: all of it was read; 75: some could not be read now."
  static override examples = [
    {
      description: 'What did webhooks lose since yesterday? Publishes nothing:',
      command: 'neuronx adapter sync ghl --tenant acme --since 24h --dry-run',
    },
    {
      description: 'After an outage of the gateway:',
      command: 'neuronx adapter sync ghl --tenant acme --since 6h',
    },
    {
      description: 'One stream, for a script:',
      command: 'neuronx adapter sync ghl --tenant acme --stream contacts --json',
    },
  ]
  static override args = { name: requiredArg('Name of the integration.') }
  static override flags = {
    ...tenantFlag,
    ...workspaceFlag,
    ...dryRunFlag,
    since: string({
      summary: 'From when on, RFC 3339 or how long ago. Default: where the last poll ended.',
      helpValue: 'TIME',
    }),
    stream: string({ summary: 'Only this one. Default: all that are on.', helpValue: 'STREAM' }),
  }

  override async run(): Promise<SyncReport> {
    const { args, flags } = await this.parse(AdapterSync)
    return this.withTenant(flags.tenant, 'integration.manage', async ({ operator, tenant, settings }) => {
      const { activeAdapter } = await import('../../src/app/adapters/catalog/active-adapter.ts')
      const { syncAdapter } = await import('../../src/app/reconcile/sync-adapter.ts')
      const place = { tenantId: tenant.id, slug: tenant.slug, workspace: flags.workspace }
      const { integration } = await activeAdapter(operator, place, args.name)
      const { since } = flags
      const ask = {
        stream: flags.stream ?? null,
        since: since === undefined ? null : await parseTime(since, operator.clock.now()),
        dryRun: flags['dry-run'],
      }
      const report = await syncAdapter(operator, settings, place, integration, ask, this.interrupted())
      if (report.streams.some(({ state }) => state !== 'complete')) this.endWith(exitCodes.tryLater)
      return report
    })
  }

  protected override render(report: SyncReport): void {
    this.output.print(renderSync(report, this.output))
    if (report.dryRun) this.output.tell('Nothing was published.')
  }
}
