import { reasonFlag, requiredArg, tenantFlag } from '../../src/cli/flags.ts'
import { requiredReason } from '../../src/cli/jobs/bulk-command.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { plainLine } from '../../src/cli/text/plain-text.ts'
import type { BreakerView } from '../../src/sales-core/processing/breakers/breaker-control.ts'

export default class RuleReset extends OperatorCommand<BreakerView> {
  static override summary = 'Close the breaker of a rule that failed too often: it works again at once.'
  static override description =
    'For after the rule was mended; without it the rule is tried again when its time is over. What it missed is among the dead letters with NX-RULE-PARKED, to be replayed. --reason is required.'
  static override examples = [
    {
      description: 'After the rule was mended:',
      command: 'neuronx rule reset inbound-replies/hot-price-question --tenant acme --reason "text mended"',
    },
    {
      description: 'In one workspace, for a script (`neuronx rule list --tripped` shows which are open):',
      command:
        'neuronx rule reset inbound-replies/hot-price-question --tenant acme --reason "vendor is back" --json',
    },
  ]
  static override args = { rule: requiredArg('The rule, as RULESET/RULE.') }
  static override flags = { ...tenantFlag, ...reasonFlag }

  override async run(): Promise<BreakerView> {
    const { args, flags } = await this.parse(RuleReset)
    const reason = requiredReason({ ...flags, 'dry-run': false })
    return this.withTenant(flags.tenant, 'rule.manage', async ({ operator, tenant }) =>
      operator.breakers.reset(tenant.id, args.rule, operator.actor, reason),
    )
  }

  protected override render({ rule }: BreakerView): void {
    this.output.print(plainLine(`${rule} works again within seconds`))
    const list = `neuronx dlq list --code NX-RULE-PARKED --tenant ${this.tenantSlug}`
    this.output.tell(`What it missed waits to be replayed: ${list}`)
  }
}
