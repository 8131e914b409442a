import { string } from '@oclif/core/flags'
import {
  dryRunFlag,
  parseEntityRef,
  parseTime,
  reasonFlag,
  tenantFlag,
  workspaceFlag,
} from '../../src/cli/flags.ts'
import { BulkCommand, requiredReason } from '../../src/cli/jobs/bulk-command.ts'
import type { BulkResult } from '../../src/cli/jobs/bulk-command.ts'
import { renderOutboxPlan } from '../../src/cli/jobs/event-plan.ts'
import { allTenantsFlag, progressFlag } from '../../src/cli/jobs/job-command.ts'
import { detachFlag, parseRate, rateFlag } from '../../src/cli/jobs/pace-flags.ts'
import { NxError } from '../../src/kernel/errors.ts'
import type { OutboxReplayPlan } from '../../src/platform/jobs/outbox-replays.ts'

export default class OutboxReplay extends BulkCommand<OutboxReplayPlan> {
  static override summary = 'Publish what is in the log to the bus once more.'
  static override description =
    'For a bus that lost messages. Has no second effect: what is applied already is suppressed by the consumer, and counted. What the relay has not published yet is left to it. A daemon does the work; without one the job waits. Exit code 0 when all is published, 66 when nothing matches, 8 when it goes on without this command.'
  static override examples = [
    {
      description: 'An hour of one tenant:',
      command:
        'neuronx outbox replay --since 2h --until 1h --tenant acme --reason "stream was purged" --rate 200/s',
    },
    {
      description: 'See how much it would be, of all tenants:',
      command: 'neuronx outbox replay --since 2h --all-tenants --dry-run',
    },
  ]
  static override flags = {
    ...tenantFlag,
    ...allTenantsFlag,
    ...workspaceFlag,
    ...rateFlag('200/s'),
    ...detachFlag,
    ...progressFlag,
    ...reasonFlag,
    ...dryRunFlag,
    since: string({
      required: true,
      summary: 'Accepted since then: RFC 3339, or how long ago (2h).',
      helpValue: 'TIME',
    }),
    until: string({ summary: 'Accepted before then. Default: now.', helpValue: 'TIME' }),
    type: string({ summary: 'Only events of this type.', helpValue: 'TYPE' }),
    entity: string({
      summary: 'Only events about this entity of --workspace.',
      helpValue: 'KIND/ID',
      exclusive: ['all-tenants'],
    }),
  }

  override async run(): Promise<BulkResult<OutboxReplayPlan>> {
    const { flags } = await this.parse(OutboxReplay)
    const reason = requiredReason(flags)
    return this.withJobs(flags, 'outbox.manage', async (scope) => {
      const { operator, tenantId } = scope
      const { outboxReplays, actor, clock } = operator
      const now = clock.now()
      const selection = {
        since: await parseTime(flags.since, now),
        until: flags.until === undefined ? now.toISOString() : await parseTime(flags.until, now),
        ...(flags.type === undefined ? {} : { type: flags.type }),
        ...(flags.entity === undefined
          ? {}
          : { entity: { workspace: flags.workspace, ...parseEntityRef(flags.entity) } }),
      }
      if (selection.since >= selection.until) {
        throw new NxError('usage', 'NX-TIME', '--since is not before --until', {
          detail: `${selection.since} to ${selection.until}`,
          fix: 'Give the earlier time in --since.',
        })
      }
      const pace = { perSecond: parseRate(flags.rate), canary: 0, stopOnFailShare: null, startAt: null }
      return this.bulk(
        scope,
        {
          plan: () => outboxReplays.plan(tenantId, selection, pace),
          total: (plan) => plan.total,
          question: (plan) => `Publish ${plan.total} event(s) once more?`,
          danger: null,
          start: () => outboxReplays.start(tenantId, selection, pace, actor, reason),
          nothing: () =>
            new NxError('not_found', 'NX-OUTBOX-EMPTY', 'Nothing that was published matches', {
              fix: 'neuronx outbox list',
            }),
        },
        flags,
      )
    })
  }

  protected override describePlan(plan: OutboxReplayPlan): string {
    return renderOutboxPlan(plan, this.output)
  }
}
