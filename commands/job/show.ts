import { foundOr } from '../../src/cli/errors/not-found.ts'
import { pageFlags, pageOf, requiredArg, tenantFlag } from '../../src/cli/flags.ts'
import { allTenantsFlag, JobCommand } from '../../src/cli/jobs/job-command.ts'
import { itemColumns, renderJob } from '../../src/cli/jobs/shown-job.ts'
import type { Page } from '../../src/messaging/reading/event-reader.ts'
import type { Job, JobItem } from '../../src/platform/jobs/job.ts'

interface ShownJob extends Job {
  readonly items: Page<JobItem>
}

export default class JobShow extends JobCommand<ShownJob> {
  static override summary = 'Show one job with its items.'
  static override description =
    'Items in the order in which they are worked on: done with what they became, skipped or failed with the reason.'
  static override examples = [
    { description: 'For a person:', command: 'neuronx job show 0199… --tenant acme' },
    {
      description: 'What failed:',
      command: `neuronx job show 0199… --tenant acme --limit 500 --json | jq '.data.items.items[] | select(.status == "failed")'`,
    },
  ]
  static override args = { id: requiredArg('Id of the job.') }
  static override flags = { ...tenantFlag, ...allTenantsFlag, ...pageFlags }

  override async run(): Promise<ShownJob> {
    const { args, flags } = await this.parse(JobShow)
    return this.withJobs(flags, 'job.read', async ({ operator, tenantId }) => {
      const found = await operator.jobs.job(tenantId, args.id)
      const job = foundOr(found, 'job', args.id, `neuronx job list${this.scopeWords()}`)
      return { ...job, items: await operator.jobs.items(tenantId, args.id, pageOf(flags)) }
    })
  }

  protected override render({ items, ...job }: ShownJob): void {
    this.output.print(renderJob(job, this.output))
    if (items.items.length === 0) return
    this.output.print('')
    this.printPage(items, itemColumns, '')
  }
}
