import { string } from '@oclif/core/flags'
import { requiredArg } from '../../src/cli/flags.ts'
import { BacktestCommand } from '../../src/cli/backtest/backtest-command.ts'
import { backtestFlags } from '../../src/cli/backtest/backtest-flags.ts'
import type { BacktestReport } from '../../src/sales-core/backtest/report.ts'

export default class RuleBacktest extends BacktestCommand {
  static override summary = 'Replay recorded events with one rule, or one set of rules, changed.'
  static override description =
    'As config backtest, but the candidate is the baseline with only this RuleSet or rule taken from the directory: what this change does by itself.'
  static override examples = [
    {
      description: 'One rule over the last month:',
      command:
        'neuronx rule backtest inbound-replies/hot-price-question --candidate ./config --from last:30d --tenant acme',
    },
    {
      description: 'A whole set of rules, as JSON:',
      command:
        'neuronx rule backtest inbound-replies --candidate ./config --from last:7d --tenant acme --json',
    },
  ]
  static override args = { rule: requiredArg('What to change, as RULESET or RULESET/RULE.') }
  static override flags = {
    ...backtestFlags,
    candidate: string({
      required: true,
      summary: 'The configuration directory that has the changed rule.',
      helpValue: 'DIR',
    }),
  }

  override async run(): Promise<BacktestReport> {
    const { args, flags } = await this.parse(RuleBacktest)
    return this.backtest({ ...flags, only: args.rule })
  }
}
