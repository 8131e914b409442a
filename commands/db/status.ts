import { NeuronxCommand } from '../../src/cli/neuronx-command.ts'
import { exitCodes } from '../../src/cli/errors/exit-codes.ts'
import { renderTable } from '../../src/cli/views/table.ts'

interface StatusResult {
  readonly state: 'current' | 'behind' | 'ahead'
  readonly applied: readonly string[]
  readonly pending: readonly string[]
  /** In the database, unknown to this version: the database is newer. */
  readonly unknown: readonly string[]
  /** Does this version work with it? Behind: not before the rest is applied. Ahead: as long as what was added since does no harm. */
  readonly usable: boolean
  /** The day from which on the log holds all events; null while there is no log. */
  readonly keptSince: string | null
}

export default class DbStatus extends NeuronxCommand<StatusResult> {
  static override summary =
    'Show which migrations are applied, pending or unknown, and since when events are kept.'
  static override description =
    'Ends with exit code 2 when migrations are pending, or when the database is newer than this version of neuronx, which may be all right while an installation is upgraded.'
  static override examples = [
    { description: 'As a table:', command: 'neuronx db status' },
    { description: 'In a script:', command: 'neuronx db status --json' },
  ]

  override async run(): Promise<StatusResult> {
    await this.parse(DbStatus)
    const settings = await this.settings()
    const { databaseStatus } = await import('../../src/app/database-admin.ts')
    const { applied, pending, unknown, tooOld, keptSince } = await databaseStatus(settings)
    const state = unknown.length > 0 ? 'ahead' : pending.length > 0 ? 'behind' : 'current'
    if (state !== 'current') this.endWith(exitCodes.changes)
    return { state, applied, pending, unknown, usable: pending.length === 0 && !tooOld, keptSince }
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
      ahead: result.usable
        ? 'The database is newer than this neuronx, which still works with it: upgrade neuronx.'
        : 'The database is too new for this neuronx: upgrade neuronx.',
    }
    if (result.keptSince !== null)
      this.output.print(`\nEvents are kept since ${result.keptSince.slice(0, 10)}.`)
    this.output.tell(hint[result.state])
  }
}
