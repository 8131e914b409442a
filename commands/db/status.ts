import { NeuronxCommand } from '../../src/cli/neuronx-command.ts'
import { exitCodes } from '../../src/cli/errors/exit-codes.ts'
import { renderTable } from '../../src/cli/views/table.ts'

interface StatusResult {
  readonly state: 'current' | 'behind' | 'ahead'
  readonly applied: readonly string[]
  readonly pending: readonly string[]
  /** In the database, unknown to this version: the database is newer. */
  readonly unknown: readonly string[]
}

export default class DbStatus extends NeuronxCommand<StatusResult> {
  static override summary = 'Show which migrations are applied, pending or unknown.'
  static override description =
    'Ends with exit code 2 when migrations are pending, or when the database is newer than this version of neuronx.'
  static override examples = [
    { description: 'As a table:', command: 'neuronx db status' },
    { description: 'In a script:', command: 'neuronx db status --json' },
  ]

  override async run(): Promise<StatusResult> {
    await this.parse(DbStatus)
    const settings = await this.settings()
    const { databaseStatus } = await import('../../src/app/database-admin.ts')
    const { applied, pending, unknown } = await databaseStatus(settings)
    const state = unknown.length > 0 ? 'ahead' : pending.length > 0 ? 'behind' : 'current'
    if (state !== 'current') this.endWith(exitCodes.changes)
    return { state, applied, pending, unknown }
  }

  protected override render(result: StatusResult): void {
    const rows = (['applied', 'pending', 'unknown'] as const).flatMap((state) =>
      result[state].map((name) => ({ state, name })),
    )
    const columns = [
      { title: 'STATE', value: (row: { state: string }) => row.state },
      { title: 'MIGRATION', value: (row: { name: string }) => row.name },
    ]
    this.output.print(renderTable(rows, columns, this.output))
    const hint = {
      current: 'The schema is up to date.',
      behind: 'Run: neuronx db migrate',
      ahead: 'The database is newer than this neuronx: upgrade neuronx.',
    }
    this.output.tell(hint[result.state])
  }
}
