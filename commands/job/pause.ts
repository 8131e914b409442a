import { reasonFlag, requiredArg, tenantFlag } from '../../src/cli/flags.ts'
import { allTenantsFlag, JobCommand } from '../../src/cli/jobs/job-command.ts'
import { renderJob } from '../../src/cli/jobs/shown-job.ts'
import type { Job } from '../../src/platform/jobs/job.ts'

export default class JobPause extends JobCommand<Job> {
  static override summary = 'Stop a job after the item under way.'
  static override description = 'What is done stays done. `job resume` goes on where it stopped.'
  static override examples = [
    {
      description: 'With a reason for the audit log:',
      command: 'neuronx job pause 0199… --tenant acme --reason "vendor is down"',
    },
    { description: 'One that concerns all tenants:', command: 'neuronx job pause 0199… --all-tenants' },
  ]
  static override args = { id: requiredArg('Id of the job.') }
  static override flags = { ...tenantFlag, ...allTenantsFlag, ...reasonFlag }

  override async run(): Promise<Job> {
    const { args, flags } = await this.parse(JobPause)
    return this.withJobs(flags, 'job.manage', ({ operator, tenantId }) =>
      operator.jobs.pause(tenantId, args.id, operator.actor, flags.reason ?? null),
    )
  }

  protected override render(job: Job): void {
    this.output.print(renderJob(job, this.output))
  }
}
