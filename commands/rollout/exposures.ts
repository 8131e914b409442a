import { integer, string } from '@oclif/core/flags'
import { printLines, saveLines } from '../../src/cli/lines/write-lines.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { exposureLines } from '../../src/cli/rollout/exposure-lines.ts'
import { rolloutArg } from '../../src/cli/rollout/rollout-flags.ts'

interface ExposuresResult {
  readonly units: number
}

const unitsMax = 10_000_000

export default class RolloutExposures extends OperatorCommand<ExposuresResult> {
  static override readonly style = 'stream'
  static override summary = 'List every unit that the candidate touched, and what went out because of it.'
  static override description =
    'In order of first touch, one JSON object a line, or CSV with one line for each external action (one without actions for a unit that had none). Kept after the rollout has ended. With --json the lines are the same; there is no envelope.'
  static override examples = [
    { description: 'Look at the first:', command: 'neuronx rollout exposures acme | head' },
    {
      description: 'For a spreadsheet:',
      command: 'neuronx rollout exposures 0199f4a2 --format csv --output touched.csv',
    },
  ]
  static override args = rolloutArg
  static override flags = {
    format: string({
      options: ['jsonl', 'csv'],
      default: 'jsonl',
      summary: 'JSON lines, or CSV with a header.',
      helpValue: 'FORMAT',
    }),
    max: integer({
      min: 1,
      max: unitsMax,
      default: unitsMax,
      summary: 'At most so many units, the first touched first.',
      helpValue: 'N',
    }),
    output: string({ char: 'o', summary: 'A new file to write to instead of stdout.', helpValue: 'FILE' }),
  }

  override async run(): Promise<ExposuresResult> {
    const { args, flags } = await this.parse(RolloutExposures)
    return this.withOperator(async (operator) => {
      const { findRollout } = await import('../../src/app/rollout/find-rollout.ts')
      const { listExposures } = await import('../../src/app/rollout/list-exposures.ts')
      const rollout = await findRollout(operator, args.id, 'config.read')
      const counted = { units: 0 }
      const format = flags.format === 'csv' && !this.jsonEnabled() ? 'csv' : 'jsonl'
      const lines = exposureLines(listExposures(operator, rollout), { format, max: flags.max }, counted)
      if (flags.output === undefined) await printLines(lines)
      else {
        await saveLines(lines, flags.output)
        this.output.tell(`${counted.units} units written to ${flags.output}`)
      }
      return counted
    })
  }

  protected override render(): void {
    // The lines are the output.
  }
}
