import { string } from '@oclif/core/flags'
import { exitCodes } from '../../src/cli/errors/exit-codes.ts'
import { saveLines } from '../../src/cli/lines/write-lines.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { reportMarkdown } from '../../src/cli/rollout/report-markdown.ts'
import { rolloutArg } from '../../src/cli/rollout/rollout-flags.ts'
import type { RolloutReport as Report } from '../../src/app/rollout/report/report-rollout.ts'

export default class RolloutReport extends OperatorCommand<Report> {
  static override summary = 'Report a rollout, with every verdict made again from the stored counts.'
  static override description =
    'Runs the judge again over what it saw at each change and says whether it comes to the same verdict and the same numbers, and whether the ledger is whole: no row missing, no step skipped, no growth without a gate. Markdown, or JSON with every number. Exit code 0 when all of it agrees, 2 when something does not.'
  static override examples = [
    { description: 'For the file of the change:', command: 'neuronx rollout report acme --output report.md' },
    {
      description: 'Every number:',
      command: 'neuronx rollout report 0199f4a2 --format json | jq .rows',
    },
  ]
  static override args = rolloutArg
  static override flags = {
    format: string({
      options: ['markdown', 'json'],
      default: 'markdown',
      summary: 'Markdown for people, or the report as one JSON document.',
      helpValue: 'FORMAT',
    }),
    output: string({ char: 'o', summary: 'A new file to write to instead of stdout.', helpValue: 'FILE' }),
  }

  #flags: { readonly format: string; readonly output?: string | undefined } = { format: 'markdown' }

  override async run(): Promise<Report> {
    const { args, flags } = await this.parse(RolloutReport)
    this.#flags = flags
    return this.withOperator(async (operator) => {
      const { findRollout } = await import('../../src/app/rollout/find-rollout.ts')
      const { reportRollout } = await import('../../src/app/rollout/report/report-rollout.ts')
      const rollout = await findRollout(operator, args.id, 'config.read')
      const report = await reportRollout(operator, rollout)
      if (!report.reproduced) this.endWith(exitCodes.changes)
      if (flags.output !== undefined) {
        await saveLines(lineOf(this.#text(report)), flags.output)
        this.output.tell(`written to ${flags.output}`)
      }
      return report
    })
  }

  #text(report: Report): string {
    return this.#flags.format === 'json' ? JSON.stringify(report, null, 2) : reportMarkdown(report)
  }

  protected override render(report: Report): void {
    if (this.#flags.output === undefined) this.output.print(this.#text(report))
    if (!report.reproduced)
      this.output.tell('Not everything in this report could be made again: see its end.')
  }
}

async function* lineOf(text: string): AsyncGenerator<string> {
  yield text
}
