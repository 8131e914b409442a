import { foundOr } from '../../src/cli/errors/not-found.ts'
import { requiredArg, tenantFlag } from '../../src/cli/flags.ts'
import { allTenantsFlag, JobCommand, progressFlag } from '../../src/cli/jobs/job-command.ts'
import { endOfJob } from '../../src/cli/jobs/shown-job.ts'
import { watchJob } from '../../src/cli/jobs/watch-job.ts'
import type { Job } from '../../src/platform/jobs/job.ts'

export default class JobWatch extends JobCommand<Job> {
  static override summary = 'Follow a job until it ends.'
  static override description =
    'Shows its progress and works on nothing itself: Ctrl-C leaves the job as it is. Exit code 0 when all items are done, 3 when some failed or were skipped, 1 when none was done, 8 when it is paused.'
  static override examples = [
    { description: 'For a person:', command: 'neuronx job watch 0199… --tenant acme' },
    { description: 'For a program:', command: 'neuronx job watch 0199… --tenant acme --output jsonl' },
  ]
  static override args = { id: requiredArg('Id of the job.') }
  static override flags = { ...tenantFlag, ...allTenantsFlag, ...progressFlag }

  #lines = false

  override async run(): Promise<Job> {
    const { args, flags } = await this.parse(JobWatch)
    const format = this.progressFormat(flags)
    this.#lines = format === 'jsonl'
    return this.withJobs(flags, 'job.read', async (scope) => {
      const { operator, tenantId } = scope
      const found = await operator.jobs.job(tenantId, args.id)
      const job = foundOr(found, 'job', args.id, `neuronx job list${this.scopeWords()}`)
      await this.warnWithoutDaemon(operator, job)
      return this.follow(scope, job, format, (onProgress, signal) =>
        watchJob(operator.jobs, tenantId, args.id, onProgress, signal),
      )
    })
  }

  protected override render(job: Job): void {
    if (!this.#lines) this.output.tell(endOfJob(job, this.scopeWords()))
  }
}
