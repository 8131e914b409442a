import { string as stringArg } from '@oclif/core/args'
import type { Operator } from '../../app/operator.ts'
import { NxError } from '../../kernel/errors.ts'
import { dryRunFlag, tenantFlag } from '../flags.ts'
import { BulkCommand } from '../jobs/bulk-command.ts'
import type { BulkFlags, BulkResult } from '../jobs/bulk-command.ts'
import { progressFlag } from '../jobs/job-command.ts'
import { detachFlag } from '../jobs/pace-flags.ts'
import type { Pace } from '../jobs/pace-flags.ts'
import type { TenantScope } from '../operator-command.ts'
import { renderLetterPlan } from './letter-plan.ts'
import type { LetterPlan } from './letter-plan.ts'
import { letterCountFlags, letterFilterFlags } from './letter-flags.ts'
import type { LetterSelection } from './letter-flags.ts'

/** What is done to letters, as src/platform describes it. */
export type LetterAction = Parameters<Operator['letters']['plan']>[2]

export interface LetterBulk {
  readonly selection: LetterSelection
  readonly action: LetterAction
  readonly pace: Pace
  readonly reason: string | null
  /** Said before it is confirmed by the tenant's name; null: it needs no such confirmation. */
  readonly danger: string | null
}

/** Letters by name. */
export const letterIdArgs = {
  id: stringArg({ ignoreStdin: true, multiple: true, description: 'Ids of dead letters.' }),
}

/** Which letters, and how the job is begun and followed: the flags of every bulk action on letters. */
export const letterBulkFlags = {
  ...tenantFlag,
  ...letterFilterFlags,
  ...letterCountFlags,
  ...detachFlag,
  ...progressFlag,
  ...dryRunFlag,
}

/** The base of `dlq replay`, `dlq resolve` and `dlq discard`: the same guards for all. */
export abstract class LetterBulkCommand extends BulkCommand<LetterPlan> {
  /** `Replay`, and what letters then are: `replayed`. */
  protected abstract readonly verb: string
  protected abstract readonly participle: string

  protected async bulkLetters(
    { operator, tenant }: TenantScope,
    { selection, action, pace, reason, danger }: LetterBulk,
    flags: BulkFlags,
  ): Promise<BulkResult<LetterPlan>> {
    const { letters, actor } = operator
    const named = selection.ids ?? []
    const result = await this.bulk(
      { operator, tenantId: tenant.id },
      {
        plan: () => letters.plan(tenant.id, selection, action, pace),
        total: (plan) => plan.total,
        question:
          named.length === 1 && danger === null
            ? null
            : (plan) => `${this.verb} ${plan.total} dead letter${plan.total === 1 ? '' : 's'}?`,
        danger: danger === null ? null : { text: danger, name: tenant.slug },
        start: () => letters.start(tenant.id, selection, action, pace, actor, reason),
        nothing: () => nothing(tenant.slug),
      },
      flags,
    )
    if (selection.max !== undefined && (result.job?.counts.total ?? result.plan?.total) === selection.max)
      this.note(
        `${selection.max} is the most that was asked for: there may be more. Raise --max, or run it again.`,
      )
    return result
  }

  protected override describePlan(plan: LetterPlan): string {
    return renderLetterPlan(plan, this.participle, this.output)
  }
}

function nothing(slug: string): NxError {
  return new NxError('not_found', 'NX-DLQ-EMPTY', 'No dead letter matches', {
    detail: 'Only open letters are taken by filters.',
    fix: `neuronx dlq groups --tenant ${slug}`,
  })
}
