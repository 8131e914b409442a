import { boolean, string } from '@oclif/core/flags'
import { exitCodes } from '../../src/cli/errors/exit-codes.ts'
import { parseTime, directoryArg } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { isChange, renderPlan } from '../../src/cli/plan/render-plan.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import type { PlanReport } from '../../src/control-plane/plan/plan-report.ts'
import { blockedPlaces } from '../../src/control-plane/plan/plan-report.ts'

interface PlanResult extends PlanReport {
  /** Of a saved one. */
  readonly planId: string | null
  readonly file: string | null
  readonly expiresAt: string | null
}

export default class ConfigPlan extends OperatorCommand<PlanResult> {
  static override summary = 'Show what applying a configuration directory would change, and change nothing.'
  static override description =
    'The difference of what is effective in every workspace after inheritance, with its fan-out and file:line; how long evidence would take at today’s traffic; the risk and why. What becomes of workflow instances in flight, step by step; ends with exit code 78 when some should move and nobody said where to, with 2 when there are changes, 0 when there are none. A saved plan is pinned to what is active now and to what the directory holds: it expires, and is refused when something has moved.'
  static override examples = [
    { description: 'What would change:', command: 'neuronx config plan ./config' },
    {
      description: 'With what would have been decided otherwise:',
      command: 'neuronx config plan ./config --backtest last:14d',
    },
    { description: 'Keep it, to apply exactly this:', command: 'neuronx config plan ./config --save' },
    { description: 'As a file, for a pipeline:', command: 'neuronx config plan ./config --out plan.json' },
  ]
  static override args = { directory: directoryArg }
  static override flags = {
    save: boolean({ summary: 'Keep the plan in the database; apply it with config apply --plan ID.' }),
    out: string({
      summary: 'Write the plan to a file; apply it with config apply --plan FILE.',
      helpValue: 'FILE',
    }),
    expires: string({
      default: '24h',
      summary: 'How long a kept plan may be applied.',
      helpValue: 'DURATION',
    }),
    backtest: string({
      summary: 'Replay recorded events of the affected workspaces, from when on: RFC 3339, or last:14d.',
      helpValue: 'TIME',
      exclusive: ['backtest-report'],
    }),
    'backtest-report': string({
      summary: 'The report of a backtest of this directory (config backtest --json).',
      helpValue: 'FILE',
    }),
    'detailed-exitcode': boolean({
      allowNo: true,
      default: true,
      summary: 'End with exit code 2 when there are changes; with --no-detailed-exitcode, with 0.',
    }),
  }

  override async run(): Promise<PlanResult> {
    const { args, flags } = await this.parse(ConfigPlan)
    const { planConfig } = await import('../../src/app/plan/plan-config.ts')
    const since = flags.backtest?.replace(/^last:/, '')
    const from = since === undefined ? null : await parseTime(since, systemClock.now())
    return this.withOperator(async (operator) => {
      const kept = await planConfig(operator, {
        directory: args.directory,
        save: flags.save,
        out: flags.out ?? null,
        expires: flags.expires,
        backtestFrom: from,
        backtestReport: flags['backtest-report'] ?? null,
        note: (text) => this.note(text),
      })
      const { staleScoreNotes } = await import('../../src/app/scores/stale-scores.ts')
      for (const text of await staleScoreNotes(operator, kept.report, false)) this.note(text)
      if (blockedPlaces(kept.report).length > 0) this.endWith(exitCodes.configuration)
      else if (flags['detailed-exitcode'] && isChange(kept.report)) this.endWith(exitCodes.changes)
      return { ...kept.report, planId: kept.planId, file: kept.file, expiresAt: kept.expiresAt }
    })
  }

  protected override render(result: PlanResult): void {
    this.output.print(renderPlan(result, this.output))
    if (!isChange(result)) return
    const kept = result.planId ?? result.file
    const next =
      kept === null
        ? `neuronx config apply ${result.source.directory}`
        : `neuronx config apply --plan ${kept}`
    const until = result.expiresAt === null ? '' : ` (until ${result.expiresAt})`
    this.output.tell(`\nNext: ${next}${until}`)
    if (result.risk.approvers > 0 && result.planId !== null)
      this.output.tell(
        `Somebody else approves it first: neuronx config apply --plan ${result.planId} --approve`,
      )
  }
}
