import { string } from '@oclif/core/flags'
import { tenantFlag, workspaceFlag } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { renderTable } from '../../src/cli/views/table.ts'
import type { ListedRule, RuleList } from '../../src/app/explain/list-rules.ts'

export default class RuleListCommand extends OperatorCommand<RuleList> {
  static override summary = 'List the rules in force in a workspace.'
  static override description =
    'All rules after inheritance, by event type, in the order in which they are judged, with the scope each comes from.'
  static override examples = [
    { description: 'All of them:', command: 'neuronx rule list --tenant acme' },
    { description: 'Those for one event:', command: 'neuronx rule list --tenant acme --on message.received' },
  ]
  static override flags = {
    ...tenantFlag,
    ...workspaceFlag,
    on: string({ summary: 'Only rules that listen to this type of event.', helpValue: 'TYPE' }),
  }

  override async run(): Promise<RuleList> {
    const { flags } = await this.parse(RuleListCommand)
    const { listRules } = await import('../../src/app/explain/list-rules.ts')
    return this.withTenant(flags.tenant, 'config.read', async ({ operator, tenant }) => {
      const list = await listRules(operator.revisions, { tenant, workspace: flags.workspace })
      return flags.on === undefined
        ? list
        : { ...list, rules: list.rules.filter(({ on }) => on === flags.on) }
    })
  }

  protected override render({ rules }: RuleList): void {
    const columns = [
      { title: 'ON', value: ({ on }: ListedRule) => on },
      { title: 'RANK', value: ({ rank }: ListedRule) => rank, align: 'right' as const },
      { title: 'RULE', value: ({ rule }: ListedRule) => rule },
      { title: 'SCOPE', value: ({ scope }: ListedRule) => scope },
      { title: 'THEN', value: ({ actions }: ListedRule) => actions.join('; '), shrink: true },
    ]
    if (rules.length > 0) this.output.print(renderTable(rules, columns, this.output))
    else this.output.tell('There is no such rule.')
  }
}
