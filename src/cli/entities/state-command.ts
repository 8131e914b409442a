import type { Operator } from '../../app/operator.ts'
import { NxError } from '../../kernel/errors.ts'
import { parseEntityRef } from '../flags.ts'
import { BulkCommand } from '../jobs/bulk-command.ts'
import type { BulkFlags, BulkResult } from '../jobs/bulk-command.ts'
import { parseRate } from '../jobs/pace-flags.ts'
import { renderFacts } from '../views/table.ts'

type Selection = Parameters<Operator['stateJobs']['count']>[1]

/** What a job over entities would look at. */
export interface StatePlan {
  readonly entities: number
}

export interface StateFlags extends BulkFlags {
  readonly tenant?: string | undefined
  readonly workspace: string
  readonly kind?: string | undefined
  readonly rate: string
}

export interface StateTask {
  readonly kind: 'entity.verify' | 'entity.rebuild'
  /** Of those that match: so many at random; null: all. */
  readonly sample: number | null
  readonly question: ((plan: StatePlan) => string) | null
  readonly reason: string | null
}

const namedMax = 500

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
      return this.bulk(
        { operator, tenantId: tenant.id },
        {
          plan: async () => ({ entities: await stateJobs.count(tenant.id, selection) }),
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
    })
  }

  protected override describePlan({ entities }: StatePlan): string {
    return renderFacts([['ENTITIES', entities]], this.output)
  }
}

function selectionOf(
  named: readonly string[],
  { workspace, kind }: StateFlags,
  sample: number | null,
): Selection {
  if (named.length === 0) return { workspace, kind: kind ?? null, refs: null, sample }
  if (kind !== undefined || named.length > namedMax) {
    throw new NxError('usage', 'NX-USAGE', `Name at most ${namedMax} entities, or filter: one of them`, {
      fix: 'Leave out --kind, or the names.',
    })
  }
  return { workspace, kind: null, refs: [...new Set(named)].map(parseEntityRef), sample: null }
}
