import { boolean, string } from '@oclif/core/flags'
import { string as stringArg } from '@oclif/core/args'
import { parseEntityRef, parseTime, reasonFlag } from '../../src/cli/flags.ts'
import { BulkCommand, requiredReason } from '../../src/cli/jobs/bulk-command.ts'
import type { BulkResult } from '../../src/cli/jobs/bulk-command.ts'
import { bulkDefault, bulkFlags, maxFlag, namedMax } from '../../src/cli/jobs/bulk-flags.ts'
import { renderEventPlan } from '../../src/cli/jobs/event-plan.ts'
import { paceFlags, parsePace } from '../../src/cli/jobs/pace-flags.ts'
import type { TenantScope } from '../../src/cli/operator-command.ts'
import { requireRule } from '../../src/app/require-rule.ts'
import { NxError } from '../../src/kernel/errors.ts'
import type { EventReplayPlan, EventSelection } from '../../src/platform/jobs/event-replays.ts'

interface SelectionFlags {
  readonly type?: string | undefined
  readonly entity?: string | undefined
  readonly workspace: string
  readonly since?: string | undefined
  readonly until?: string | undefined
  readonly max: number
}

export default class EventReplay extends BulkCommand<EventReplayPlan> {
  static override summary = 'Process events once more, under the configuration of today.'
  static override description =
    'Each becomes a new event that names its original; the original stays as it is. Events whose commands succeeded are left alone unless --allow-repeat: they would be asked for again, so the tenant must be confirmed by name. A job does the work. Exit codes are those of `dlq replay`.'
  static override examples = [
    {
      description: 'One event, after a rule was corrected:',
      command: 'neuronx event replay 0199… --tenant acme --reason "rule corrected"',
    },
    {
      description: 'What a day would do, with one rule only:',
      command:
        'neuronx event replay --type lead.created --since 24h --rule new-leads/greet --tenant acme --dry-run',
    },
  ]
  static override args = {
    id: stringArg({ ignoreStdin: true, multiple: true, description: 'Ids of events.' }),
  }
  static override flags = {
    ...bulkFlags,
    ...paceFlags,
    ...reasonFlag,
    type: string({ summary: 'Only events of this type.', helpValue: 'TYPE' }),
    entity: string({ summary: 'Only events about this entity of --workspace.', helpValue: 'KIND/ID' }),
    since: string({ summary: 'Accepted since then: RFC 3339, or how long ago (24h).', helpValue: 'TIME' }),
    until: string({ summary: 'Accepted before then: RFC 3339, or how long ago.', helpValue: 'TIME' }),
    ...maxFlag('At most so many events, oldest first.', bulkDefault),
    rule: string({ summary: 'Only this rule of --workspace for each event.', helpValue: 'RULESET/RULE' }),
    'allow-repeat': boolean({
      default: false,
      summary: 'Also events whose commands succeeded: they may happen twice.',
    }),
  }

  override async run(): Promise<BulkResult<EventReplayPlan>> {
    const { args, flags } = await this.parse(EventReplay)
    const ids = [...new Set(args.id ?? [])]
    const reason = requiredReason(flags)
    const options = { rule: ruleOf(flags.rule), allowRepeat: flags['allow-repeat'] }
    return this.withTenant(flags.tenant, 'job.manage', async (scope) => {
      const { operator, tenant } = scope
      const { eventReplays, actor, clock } = operator
      const selection = await selectionOf(ids, flags, clock.now())
      const pace = parsePace(flags, clock.now())
      await assertKnown(scope, ids)
      if (options.rule !== null) await requireRule(operator.revisions, tenant, flags.workspace, options.rule)
      const danger = options.allowRepeat
        ? { text: 'What their commands did may happen twice.', name: tenant.slug }
        : null
      const result = await this.bulk(
        { operator, tenantId: tenant.id },
        {
          plan: () => eventReplays.plan(tenant.id, selection, options, pace),
          total: (plan) => plan.total,
          question: ids.length === 1 ? null : (plan) => `Replay ${plan.total} event(s)?`,
          danger,
          start: () => eventReplays.start(tenant.id, selection, options, pace, actor, reason),
          nothing: () =>
            new NxError('not_found', 'NX-EVENT-NOT-FOUND', 'No event matches', {
              fix: `neuronx outbox list --tenant ${tenant.slug}`,
            }),
        },
        flags,
      )
      const found = result.job?.counts.total ?? result.plan?.total ?? 0
      if (found < ids.length)
        this.note(`${ids.length - found} of these events never travelled the bus: they are left alone.`)
      return result
    })
  }

  protected override describePlan(plan: EventReplayPlan): string {
    return renderEventPlan(plan, this.output)
  }
}

async function selectionOf(
  ids: readonly string[],
  flags: SelectionFlags,
  now: Date,
): Promise<EventSelection> {
  const filter = {
    ...(flags.type === undefined ? {} : { type: flags.type }),
    ...(flags.entity === undefined
      ? {}
      : { entity: { workspace: flags.workspace, ...parseEntityRef(flags.entity) } }),
    ...(flags.since === undefined ? {} : { since: await parseTime(flags.since, now) }),
    ...(flags.until === undefined ? {} : { until: await parseTime(flags.until, now) }),
  }
  const filtered = Object.keys(filter).length > 0
  if (filtered === ids.length > 0 || ids.length > namedMax) {
    throw new NxError('usage', 'NX-USAGE', `Name at most ${namedMax} events, or filter: one of them`, {
      fix: 'neuronx event replay --help',
    })
  }
  return filtered ? { ...filter, max: flags.max } : { ids }
}

function ruleOf(text: string | undefined): string | null {
  if (text === undefined || /^[^/\s]+\/[^/\s]+$/.test(text)) return text ?? null
  throw new NxError('usage', 'NX-RULE', `'${text}' does not name a rule`, {
    fix: 'Write RULESET/RULE, such as new-leads/greet.',
  })
}

async function assertKnown({ operator, tenant }: TenantScope, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    if ((await operator.messages.event(tenant.id, id)) !== null) continue
    throw new NxError('not_found', 'NX-EVENT-NOT-FOUND', `There is no event '${id}'`, {
      detail: 'Nothing was changed.',
      fix: `neuronx outbox list --tenant ${tenant.slug}`,
    })
  }
}
