import { boolean, string } from '@oclif/core/flags'
import { reasonFlag } from '../../src/cli/flags.ts'
import { BulkCommand, requiredReason } from '../../src/cli/jobs/bulk-command.ts'
import type { BulkResult } from '../../src/cli/jobs/bulk-command.ts'
import { bulkFlags, maxFlag } from '../../src/cli/jobs/bulk-flags.ts'
import { paceFlags, parsePace, rateFlag } from '../../src/cli/jobs/pace-flags.ts'
import { renderRecomputePlan } from '../../src/cli/scores/recompute-plan.ts'
import type { RecomputePlan } from '../../src/app/scores/plan-recompute.ts'
import { NxError } from '../../src/kernel/errors.ts'

export default class ScoreRecompute extends BulkCommand<RecomputePlan> {
  static override summary = 'Compute a score anew for the leads that an older model scored.'
  static override description =
    'Every event scores its lead by the model in force; this does it for leads to which nothing happens. What event factors collected is collected anew from the log, as far as the log goes back. Each lead gets a score.recomputed event. Bands that are entered tell nobody, unless --emit. A job does the work. Exit codes are those of `dlq replay`.'
  static override examples = [
    {
      description: 'Who would change band?',
      command: 'neuronx score recompute --model fit-and-intent --tenant acme --dry-run',
    },
    {
      description: 'Slowly, and left to the daemon:',
      command:
        'neuronx score recompute --model fit-and-intent --rate 20/s --detach --tenant acme --reason "new weights"',
    },
  ]
  static override flags = {
    ...bulkFlags,
    ...paceFlags,
    ...rateFlag('50/s'),
    ...reasonFlag,
    model: string({ required: true, summary: 'The LeadScore.', helpValue: 'NAME' }),
    all: boolean({ default: false, summary: 'Also leads that this very model has scored.' }),
    emit: boolean({ default: false, summary: 'Let bands that are entered emit their events.' }),
    ...maxFlag('At most so many leads; run it again for the others.'),
  }

  override async run(): Promise<BulkResult<RecomputePlan>> {
    const { flags } = await this.parse(ScoreRecompute)
    const reason = requiredReason(flags)
    const { activeScore, planRecompute } = await import('../../src/app/scores/plan-recompute.ts')
    return this.withTenant(flags.tenant, 'job.manage', async ({ operator, tenant }) => {
      const { revisions, scoreRecomputes, actor, clock } = operator
      const { workspace, model, all, max, emit } = flags
      const active = await activeScore(
        revisions,
        { tenant: { id: tenant.id, slug: tenant.slug }, workspace },
        model,
      )
      const { digest, entityKind } = active.score
      const selection = { model, entityKind, workspaces: [{ workspace, digest }], all, max }
      const pace = parsePace(flags, clock.now())
      const { perSecond } = pace
      const danger = emit
        ? { text: 'Bands that are entered emit their events: rules may send.', name: tenant.slug }
        : null
      return this.bulk(
        { operator, tenantId: tenant.id },
        {
          plan: () =>
            planRecompute(scoreRecomputes, tenant.id, selection, active, { now: clock.now(), perSecond }),
          total: (plan) => plan.total,
          question: (plan) => `Compute ${model} anew for ${plan.total} lead(s)?`,
          danger,
          start: () => scoreRecomputes.start(tenant.id, selection, emit, pace, actor, reason),
          nothing: () =>
            new NxError('not_found', 'NX-SCORE-NOTHING', `Everything is scored by ${model} as it is now`, {
              fix: 'Add --all to compute the others anew, too.',
            }),
        },
        flags,
      )
    })
  }

  protected override describePlan(plan: RecomputePlan): string {
    return renderRecomputePlan(plan, this.output)
  }
}
