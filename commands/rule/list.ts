import { boolean, string } from '@oclif/core/flags'
import { tenantFlag, workspaceFlag } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { plainLine } from '../../src/cli/text/plain-text.ts'
import { renderTable } from '../../src/cli/views/table.ts'
import type { WatchedRules } from '../../src/app/explain/list-rules.ts'

type WatchedRule = WatchedRules['rules'][number]

export default class RuleListCommand extends OperatorCommand<WatchedRules> {
  static override summary = 'List the rules in force in a workspace.'
  static override description =
    'All rules after inheritance, by event type, in the order in which they are judged, with the scope each comes from. One whose breaker is open is marked: it failed too often, and what it would do is parked as dead letters.'
  static override examples = [
    { description: 'All of them:', command: 'neuronx rule list --tenant acme' },
    { description: 'Those for one event:', command: 'neuronx rule list --tenant acme --on message.received' },
    {
      description: 'Those that are stopped for failing:',
      command: 'neuronx rule list --tripped --tenant acme',
    },
  ]
  static override flags = {
    ...tenantFlag,
    ...workspaceFlag,
    on: string({ summary: 'Only rules that listen to this type of event.', helpValue: 'TYPE' }),
    tripped: boolean({ summary: 'Only rules whose breaker is open, or on probation.' }),
  }

  override async run(): Promise<WatchedRules> {
    const { flags } = await this.parse(RuleListCommand)
    const { listWatchedRules } = await import('../../src/app/explain/list-rules.ts')
    return this.withTenant(flags.tenant, 'config.read', async ({ operator, tenant }) => {
      const list = await listWatchedRules(operator, { tenant, workspace: flags.workspace })
      const wanted = ({ on, breaker }: WatchedRule): boolean =>
        (flags.on === undefined || on === flags.on) && (!flags.tripped || breaker !== null)
      return { ...list, rules: list.rules.filter(wanted) }
    })
  }

  protected override render({ rules, otherBreakers }: WatchedRules): void {
    const columns = [
      { title: 'ON', value: ({ on }: WatchedRule) => on },
      { title: 'RANK', value: ({ rank }: WatchedRule) => rank, align: 'right' as const },
      { title: 'RULE', value: ({ rule }: WatchedRule) => rule },
      ...(rules.some(({ breaker }) => breaker !== null) ? [breakerColumn] : []),
      { title: 'SCOPE', value: ({ scope }: WatchedRule) => scope },
      { title: 'THEN', value: ({ actions }: WatchedRule) => actions.join('; '), shrink: true },
    ]
    if (rules.length > 0) this.output.print(renderTable(rules, columns, this.output))
    else this.output.tell('There is no such rule.')
    for (const { rule, state } of otherBreakers)
      this.note(plainLine(`The breaker of ${rule} is ${stateText(state)}; the rule is not in force here`))
  }
}

const breakerColumn = {
  title: 'BREAKER',
  value: ({ breaker }: WatchedRule) => (breaker === null ? '' : stateText(breaker.state)),
}

function stateText(state: 'open' | 'probation'): string {
  return state === 'open' ? 'open' : 'on probation'
}
