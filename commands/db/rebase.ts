import type { RebasePlan } from '../../src/app/database-admin.ts'
import { dryRunFlag } from '../../src/cli/flags.ts'
import { NeuronxCommand } from '../../src/cli/neuronx-command.ts'

interface RebaseResult extends RebasePlan {
  readonly dryRun: boolean
}

export default class DbRebase extends NeuronxCommand<RebaseResult> {
  static override summary = 'Make a restored database at home in its new cluster.'
  static override description =
    'The order of events rests on transaction ids, which each Postgres cluster counts for itself. After a dump was restored into another cluster (or after pg_upgrade), daemons refuse with NX-DB-RESTORED; this rewrites the positions so that order and progress hold, in one transaction, while every daemon is stopped. When the database is at home it changes nothing. Connects with NEURONX_DATABASE_OWNER_URL (default: NEURONX_DATABASE_URL).'
  static override examples = [
    { description: 'See what would be done:', command: 'neuronx db rebase --dry-run' },
    { description: 'Do it in a script:', command: 'neuronx db rebase --yes' },
  ]
  static override flags = { ...dryRunFlag }

  override async run(): Promise<RebaseResult> {
    const { flags } = await this.parse(DbRebase)
    const settings = await this.settings()
    const { rebaseDatabase } = await import('../../src/app/database-admin.ts')
    const plan = await rebaseDatabase(settings, { dryRun: true })
    if (flags['dry-run'] || plan.action === 'none') return { ...plan, dryRun: flags['dry-run'] }
    await this.confirmed(
      plan.action === 'rewrite'
        ? `Rewrite the positions of ${plan.events} events? Every daemon must be stopped.`
        : 'Take note of the new cluster? Every daemon must be stopped.',
    )
    return { ...(await rebaseDatabase(settings, { dryRun: false })), dryRun: false }
  }

  protected override render({ action, why, events, dryRun }: RebaseResult): void {
    if (why !== '') this.output.tell(why)
    const done = {
      none: 'The database is at home in this cluster: nothing to do.',
      adopt: dryRun
        ? 'The order of the log holds here; the cluster would be noted.'
        : 'The cluster is noted.',
      rewrite: dryRun
        ? `The positions of ${events} events would be rewritten.`
        : `The positions of ${events} events were rewritten.`,
    }
    this.output.print(done[action])
  }
}
