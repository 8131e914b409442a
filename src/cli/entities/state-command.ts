import { string } from '@oclif/core/flags'
import type { Operator } from '../../app/operator.ts'
import { NxError } from '../../kernel/errors.ts'
import { parseEntityRef } from '../flags.ts'
import { BulkCommand } from '../jobs/bulk-command.ts'
import type { BulkFlags, BulkResult } from '../jobs/bulk-command.ts'
import { bulkFlags, maxFlag, namedMax } from '../jobs/bulk-flags.ts'
import { parseRate } from '../jobs/pace-flags.ts'
import type { ShownJob } from '../jobs/shown-job.ts'
import { plainLine } from '../text/plain-text.ts'
import { renderFacts } from '../views/table.ts'

type Selection = Parameters<Operator['stateJobs']['plan']>[1]

/** What a job over entities would look at. */
export type StatePlan = Awaited<ReturnType<Operator['stateJobs']['plan']>>

/** Which entities, and how the job is begun and followed. */
export const stateFlags = {
  ...bulkFlags,
  kind: string({ summary: 'Only entities of this kind.', helpValue: 'KIND' }),
  ...maxFlag('At most so many, in the order of their keys; --after goes on behind them.'),
  after: string({
    summary: 'Only entities behind this one in that order: the rest of what --max cut off.',
    helpValue: 'KIND/ID',
  }),
}

export interface StateFlags extends BulkFlags {
  readonly tenant?: string | undefined
  readonly workspace: string
  readonly kind?: string | undefined
  readonly max: number
  readonly after?: string | undefined
  readonly rate: string
}

export interface StateTask {
  readonly kind: 'entity.verify' | 'entity.rebuild'
  /** Of those that match: so many at random; null: all. */
  readonly sample: number | null
  readonly question: ((plan: StatePlan) => string) | null
  readonly reason: string | null
}

/** The base of commands that go through entities and their histories. */
export abstract class StateCommand extends BulkCommand<StatePlan> {
  protected async overEntities(
    named: readonly string[],
    flags: StateFlags,
    { kind, sample, question, reason }: StateTask,
  ): Promise<BulkResult<StatePlan>> {
    const selection = selectionOf(named, flags, sample)
    return this.withTenant(flags.tenant, 'job.manage', async ({ operator, tenant }) => {
      const { stateJobs, actor } = operator
      const pace = { perSecond: parseRate(flags.rate), canary: 0, stopOnFailShare: null, startAt: null }
      const result = await this.bulk(
        { operator, tenantId: tenant.id },
        {
          plan: () => stateJobs.plan(tenant.id, selection),
          total: ({ entities }) => entities,
          question,
          danger: null,
          start: () => stateJobs.start(kind, tenant.id, selection, pace, actor, reason),
          nothing: () =>
            new NxError('not_found', 'NX-ENTITY-NOT-FOUND', 'No entity matches', {
              fix: `neuronx entity list --tenant ${tenant.slug}`,
            }),
        },
        flags,
      )
      const last = result.job === null ? null : lastOf(result.job, selection)
      if (last !== null)
        this.note(
          plainLine(
            `${selection.max} is the most that was asked for: there may be more. Add --after ${last}`,
          ),
        )
      return result
    })
  }

  protected override describePlan(plan: StatePlan): string {
    return renderFacts([['ENTITIES', entitiesText(plan)]], this.output)
  }
}

/** `1000`, or `1000 of 50000` where the others are left out. */
export function entitiesText({ entities, matching }: StatePlan): string {
  return entities === matching ? String(entities) : `${entities} of ${matching}`
}

function selectionOf(
  named: readonly string[],
  { workspace, kind, max, after }: StateFlags,
  sample: number | null,
): Selection {
  if (named.length === 0) {
    const behind = after === undefined ? null : parseEntityRef(after)
    return { workspace, kind: kind ?? null, refs: null, sample, max, after: behind }
  }
  if (kind !== undefined || after !== undefined || named.length > namedMax) {
    throw new NxError('usage', 'NX-USAGE', `Name at most ${namedMax} entities, or filter: one of them`, {
      fix: 'Leave out --kind and --after, or the names.',
    })
  }
  const refs = [...new Set(named)].map(parseEntityRef)
  return { workspace, kind: null, refs, sample: null, max: refs.length, after: null }
}

/** The last one of a job that took as many as it might; null: it took all of them. */
function lastOf({ counts, options }: ShownJob, { refs, sample, max }: Selection): string | null {
  if (refs !== null || sample !== null || counts.total < max) return null
  const { last } = options['selection'] as { readonly last: { readonly kind: string; readonly id: string } }
  return `${last.kind}/${last.id}`
}
