import { string } from '@oclif/core/flags'
import { pageFlags, pageOf, tenantFlag } from '../../src/cli/flags.ts'
import { allTenantsFlag, JobCommand } from '../../src/cli/jobs/job-command.ts'
import { jobColumns } from '../../src/cli/jobs/shown-job.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import type { Page } from '../../src/messaging/reading/event-reader.ts'
import type { Job, JobKind, JobStatus } from '../../src/platform/jobs/job.ts'

const statuses: readonly JobStatus[] = [
  'waiting',
  'running',
  'paused',
  'succeeded',
  'partly_failed',
  'cancelled',
]
const kinds: readonly JobKind[] = [
  'dlq.replay',
  'dlq.resolve',
  'dlq.discard',
  'outbox.replay',
  'event.replay',
  'command.cancel',
  'workflow.cancel',
  'workflow.retry',
  'workflow.signal',
  'workflow.follow',
  'score.recompute',
  'entity.verify',
  'entity.rebuild',
]

export default class JobList extends JobCommand<Page<Job>> {
  static override summary = 'List jobs: bulk actions, under way and ended.'
  static override description =
    'Newest first. A job survives the command that made it: a daemon goes on with it.'
  static override examples = [
    { description: 'What is under way:', command: 'neuronx job list --tenant acme --status running' },
    { description: 'Those that concern all tenants:', command: 'neuronx job list --all-tenants' },
  ]
  static override flags = {
    ...tenantFlag,
    ...allTenantsFlag,
    ...pageFlags,
    status: string({ options: statuses, summary: 'Only jobs of this status.', helpValue: 'STATUS' }),
    kind: string({ options: kinds, summary: 'Only jobs of this kind.', helpValue: 'KIND' }),
  }

  /** First word of the kinds that are listed; null: all. */
  protected readonly topic: string | null = null

  override async run(): Promise<Page<Job>> {
    const { flags } = await this.parse(JobList)
    const status = statuses.find((known) => known === flags.status)
    const kind = kinds.find((known) => known === flags.kind)
    const filter = {
      ...(status === undefined ? {} : { status }),
      ...(kind === undefined ? {} : { kind }),
      ...(this.topic === null ? {} : { topic: this.topic }),
    }
    return this.withJobs(flags, 'job.read', ({ operator, tenantId }) =>
      operator.jobs.list(tenantId, filter, pageOf(flags)),
    )
  }

  protected override render(page: Page<Job>): void {
    this.printPage(page, jobColumns(systemClock.now(), this.output.columns), 'There are no such jobs.')
  }
}
