import { requiredArg } from '../../src/cli/flags.ts'
import { BacktestCommand } from '../../src/cli/backtest/backtest-command.ts'
import { backtestFlags } from '../../src/cli/backtest/backtest-flags.ts'
import type { BacktestReport } from '../../src/sales-core/backtest/report.ts'

export default class ConfigBacktest extends BacktestCommand {
  static override summary = 'Replay recorded events through a candidate configuration and the active one.'
  static override description =
    'What would have been different: bands, rules, actions, failures, each with examples explained on both sides. Nothing is sent and nothing is changed. A gate that fails ends with exit code 1.'
  static override examples = [
    { description: 'The last 14 days:', command: 'neuronx config backtest ./config --tenant acme' },
    {
      description: 'In a pipeline, without a database:',
      command:
        'neuronx config backtest ./config --against ./main --events week.jsonl --tenant acme --max-decision-change 5% --max-new-errors 0',
    },
  ]
  static override args = { directory: requiredArg('The candidate: a configuration directory.') }
  static override flags = backtestFlags

  override async run(): Promise<BacktestReport> {
    const { args, flags } = await this.parse(ConfigBacktest)
    return this.backtest({ ...flags, candidate: args.directory, only: null })
  }
}
