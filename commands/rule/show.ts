import { requiredArg, tenantFlag, workspaceFlag } from '../../src/cli/flags.ts'
import { foundOr } from '../../src/cli/errors/not-found.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { plainLine } from '../../src/cli/text/plain-text.ts'
import { renderJson } from '../../src/cli/views/render-json.ts'
import type { ShownRule } from '../../src/app/explain/list-rules.ts'

export default class RuleShow extends OperatorCommand<ShownRule> {
  static override summary = 'Show a rule as it is in force, and the layers that it is made of.'
  static override description =
    'The rule after inheritance from global, tenant and workspace, with what each layer says of its condition.'
  static override examples = [
    {
      description: 'One rule:',
      command: 'neuronx rule show inbound-replies/hot-price-question --tenant acme',
    },
    {
      description: 'As a workspace has it, for a script:',
      command: 'neuronx rule show inbound-replies/hot-price-question --tenant acme --workspace eu --json',
    },
  ]
  static override args = { rule: requiredArg('The rule, as RULESET/RULE.') }
  static override flags = { ...tenantFlag, ...workspaceFlag }

  override async run(): Promise<ShownRule> {
    const { args, flags } = await this.parse(RuleShow)
    const { showRule } = await import('../../src/app/explain/list-rules.ts')
    return this.withTenant(flags.tenant, 'config.read', async ({ operator, tenant }) => {
      const scope = { tenant, workspace: flags.workspace }
      const shown = await showRule(operator.revisions, scope, args.rule)
      return foundOr(shown, 'rule', args.rule, `neuronx rule list --tenant ${tenant.slug}`)
    })
  }

  protected override render({ rule, document, layers }: ShownRule): void {
    const { strong, faint } = this.output.theme
    this.output.print(strong(plainLine(rule)))
    this.output.print(renderJson(document))
    for (const { scope, outcome, why, condition } of layers) {
      const says = condition === null ? '' : `  when: ${condition}`
      this.output.print(`${plainLine(`${scope}  ${outcome}${says}`)}  ${faint(plainLine(why))}`)
    }
  }
}
