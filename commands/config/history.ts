import { string } from '@oclif/core/flags'
import { pageFlags, tenantFlag } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { parseScope } from '../../src/app/plan/parse-scope.ts'
import { scopeName } from '../../src/control-plane/documents/document.ts'
import type { HistoryEntry, HistoryPage } from '../../src/app/plan/history-config.ts'

export default class ConfigHistory extends OperatorCommand<HistoryPage> {
  static override summary = 'List what was active when, by whom and why; newest first.'
  static override description =
    'Every change of what is active: applies, rollbacks, rollouts. Revisions that are quarantined are marked.'
  static override examples = [
    { description: 'Everything:', command: 'neuronx config history' },
    { description: 'One workspace:', command: 'neuronx config history --scope acme/eu --limit 10' },
  ]
  static override flags = {
    ...tenantFlag,
    ...pageFlags,
    scope: string({ summary: 'One scope: global, TENANT, or TENANT/WORKSPACE.', helpValue: 'SCOPE' }),
  }

  override async run(): Promise<HistoryPage> {
    const { flags } = await this.parse(ConfigHistory)
    const { configHistory } = await import('../../src/app/plan/history-config.ts')
    return this.withOperator(async (operator) =>
      configHistory(operator, {
        tenant: flags.tenant ?? null,
        scope: flags.scope === undefined ? null : parseScope(flags.scope),
        limit: flags.limit,
        cursor: flags.cursor ?? null,
      }),
    )
  }

  protected override render(page: HistoryPage): void {
    const columns = [
      { title: 'AT', value: (entry: HistoryEntry) => entry.at },
      { title: 'SCOPE', value: (entry: HistoryEntry) => scopeName(entry.scope) },
      { title: 'KIND', value: (entry: HistoryEntry) => entry.kind },
      {
        title: 'DIGEST',
        value: (entry: HistoryEntry) =>
          `${entry.digest.slice(0, 12)}${entry.quarantined === null ? '' : ' quarantined'}`,
      },
      { title: 'BEFORE', value: (entry: HistoryEntry) => entry.previousDigest?.slice(0, 12) ?? null },
      { title: 'BY', value: (entry: HistoryEntry) => entry.by },
      { title: 'COMMIT', value: (entry: HistoryEntry) => entry.source.commit?.slice(0, 12) ?? null },
      { title: 'REASON', value: (entry: HistoryEntry) => entry.reason, shrink: true },
    ]
    this.printPage(page, columns, 'Nothing was applied yet: neuronx config apply DIR')
  }
}
