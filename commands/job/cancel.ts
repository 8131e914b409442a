import { reasonFlag, requiredArg, tenantFlag } from '../../src/cli/flags.ts'
import { allTenantsFlag, JobCommand } from '../../src/cli/jobs/job-command.ts'
import { renderJob } from '../../src/cli/jobs/shown-job.ts'
import type { Job } from '../../src/platform/jobs/job.ts'

export default class JobCancel extends JobCommand<Job> {
  static override summary = 'End a job before its time.'
  static override description =
    'What is done stays done; the rest is left alone. Asks before; without a terminal it needs --yes.'
  static override examples = [
    {
      description: 'With a reason for the audit log:',
      command: 'neuronx job cancel 0199… --tenant acme --reason "wrong filter"',
    },
    { description: 'One that concerns all tenants:', command: 'neuronx job cancel 0199… --all-tenants' },
  ]
  static override args = { id: requiredArg('Id of the job.') }
  static override flags = { ...tenantFlag, ...allTenantsFlag, ...reasonFlag }

  override async run(): Promise<Job> {
    const { args, flags } = await this.parse(JobCancel)
    await this.confirmed(`Cancel the job ${args.id}? What it has not done yet is left alone.`)
    return this.withJobs(flags, 'job.manage', ({ operator, tenantId }) =>
      operator.jobs.cancel(tenantId, args.id, operator.actor, flags.reason ?? null),
    )
  }

  protected override render(job: Job): void {
    this.output.print(renderJob(job, this.output))
  }
}
