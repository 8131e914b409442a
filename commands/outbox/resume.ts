import { resumeOutbox } from '../../src/app/outbox/pause-outbox.ts'
import { reasonFlag } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'

interface ResumeResult {
  /** Was anything paused? */
  readonly resumed: boolean
}

export default class OutboxResume extends OperatorCommand<ResumeResult> {
  static override summary = 'Publish again what was paused.'
  static override description =
    'Ends every pause of the outbox. What waited in the log is published in its order. When nothing is paused it changes nothing.'
  static override examples = [
    { description: 'End the pause:', command: 'neuronx outbox resume --reason "the bus is back"' },
    { description: 'In a script, was anything paused:', command: 'neuronx outbox resume --json' },
  ]
  static override flags = { ...reasonFlag }

  override async run(): Promise<ResumeResult> {
    const { flags } = await this.parse(OutboxResume)
    return this.withOperator(async (operator) => ({
      resumed: await resumeOutbox(operator, flags.reason ?? null),
    }))
  }

  protected override render({ resumed }: ResumeResult): void {
    this.output.print(resumed ? 'Publishing goes on.' : 'Nothing was paused.')
  }
}
