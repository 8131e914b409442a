import { NeuronxCommand } from '../../src/cli/neuronx-command.ts'
import { dryRunFlag } from '../../src/cli/flags.ts'

interface MigrateResult {
  readonly applied: readonly string[]
  readonly pending: readonly string[]
  readonly dryRun: boolean
}

export default class DbMigrate extends NeuronxCommand<MigrateResult> {
  static override summary = 'Bring the database schema up to this version.'
  static override description =
    'Applies the migrations that are missing, in order, each in a transaction, under a lock. Running it again does nothing. Connects with NEURONX_DATABASE_OWNER_URL (default: NEURONX_DATABASE_URL).'
  static override examples = [
    { description: 'Apply what is missing:', command: 'neuronx db migrate' },
    { description: 'See what would be applied:', command: 'neuronx db migrate --dry-run' },
  ]
  static override flags = { ...dryRunFlag }

  override async run(): Promise<MigrateResult> {
    const { flags } = await this.parse(DbMigrate)
    const settings = await this.settings()
    const { databaseStatus, migrateDatabase } = await import('../../src/app/database-admin.ts')
    if (flags['dry-run']) {
      const { pending } = await databaseStatus(settings)
      return { applied: [], pending, dryRun: true }
    }
    const { applied } = await migrateDatabase(settings)
    return { applied, pending: [], dryRun: false }
  }

  protected override render({ applied, pending, dryRun }: MigrateResult): void {
    const names = dryRun ? pending : applied
    for (const name of names) this.output.print(`${dryRun ? 'pending' : 'applied'}  ${name}`)
    if (names.length === 0) this.output.print('The schema is up to date.')
  }
}
