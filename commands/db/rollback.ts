import { integer } from '@oclif/core/flags'
import { NeuronxCommand } from '../../src/cli/neuronx-command.ts'

interface RollbackResult {
  /** Newest first. */
  readonly reverted: readonly string[]
}

const stepsMax = 100

export default class DbRollback extends NeuronxCommand<RollbackResult> {
  static override summary = 'Take back the newest migrations.'
  static override description =
    'Runs the down half of the newest migrations, newest first. What their tables held is lost, so it asks before; without a terminal it needs --yes.'
  static override examples = [
    { description: 'Take back the newest one:', command: 'neuronx db rollback' },
    { description: 'Take back three without asking:', command: 'neuronx db rollback --steps 3 --yes' },
  ]
  static override flags = {
    steps: integer({
      min: 1,
      max: stepsMax,
      default: 1,
      summary: 'How many migrations to take back.',
      helpValue: 'N',
    }),
  }

  override async run(): Promise<RollbackResult> {
    const { flags } = await this.parse(DbRollback)
    const settings = await this.settings()
    await this.confirmed(
      `Take back the newest ${flags.steps} migration(s)? The data of their tables is lost.`,
    )
    const { rollbackDatabase } = await import('../../src/app/database-admin.ts')
    const { reverted } = await rollbackDatabase(settings, flags.steps)
    return { reverted }
  }

  protected override render({ reverted }: RollbackResult): void {
    for (const name of reverted) this.output.print(`rolled back  ${name}`)
    if (reverted.length === 0) this.output.print('There is no migration to take back.')
  }
}
