import { string } from '@oclif/core/flags'
import { string as stringArg } from '@oclif/core/args'
import type { Operator } from '../../app/operator.ts'
import { NxError } from '../../kernel/errors.ts'
import { parseTime, reasonFlag } from '../flags.ts'
import { BulkCommand, requiredReason } from '../jobs/bulk-command.ts'
import type { BulkFlags, BulkResult } from '../jobs/bulk-command.ts'
import { bulkFlags, maxFlag, namedMax } from '../jobs/bulk-flags.ts'
import { paceFlags, parsePace } from '../jobs/pace-flags.ts'
import { countsOf } from '../letters/letter-plan.ts'
import { shortDuration } from '../text/relative-time.ts'
import { renderFacts } from '../views/table.ts'

export type InstancePlan = Awaited<ReturnType<Operator['workflowOperations']['plan']>>
type Selection = Parameters<Operator['workflowOperations']['plan']>[1]
export type InstanceAction = Parameters<Operator['workflowOperations']['plan']>[2]

/** Which instances: their ids, or a filter. */
export const instanceArgs = {
  instance: stringArg({ ignoreStdin: true, multiple: true, description: 'Ids of instances.' }),
}

export const instanceFlags = {
  ...bulkFlags,
  ...paceFlags,
  ...reasonFlag,
  workflow: string({ summary: 'Instances of this workflow instead of ids.', helpValue: 'NAME' }),
  step: string({ summary: 'Only those at this step.', helpValue: 'STEP' }),
  definition: string({
    summary: 'Only those on this definition, by its digest or how that begins.',
    helpValue: 'DIGEST',
  }),
  'started-before': string({
    summary: 'Only those started before then: RFC 3339, or how long ago (24h).',
    helpValue: 'TIME',
  }),
  ...maxFlag('At most so many, oldest first.'),
}

interface Flags extends BulkFlags {
  readonly tenant?: string | undefined
  readonly workspace: string
  readonly reason?: string | undefined
  readonly rate: string
  readonly canary: number
  readonly 'stop-on-fail': string
  readonly at?: string | undefined
  readonly workflow?: string | undefined
  readonly step?: string | undefined
  readonly definition?: string | undefined
  readonly 'started-before'?: string | undefined
  readonly max: number
}

/** The base of commands that ask something of workflow instances: one by id at once, many after a plan and a question. */
export abstract class InstanceCommand extends BulkCommand<InstancePlan> {
  protected async ask(
    ids: readonly string[],
    flags: Flags,
    action: InstanceAction,
    verb: string,
  ): Promise<BulkResult<InstancePlan>> {
    const reason = requiredReason(flags)
    return this.withTenant(flags.tenant, 'workflow.manage', async ({ operator, tenant }) => {
      const { workflowOperations, actor, clock } = operator
      const place = { tenantId: tenant.id, workspace: flags.workspace }
      const selection = await selectionOf([...new Set(ids)], flags, action.kind, clock.now())
      const pace = parsePace(flags, clock.now())
      const workflows = await requireKnown(operator, tenant, flags.workspace, selection.ids ?? [])
      await requireNamed(operator, { tenant, workspace: flags.workspace }, workflows, selection, action)
      return await this.bulk(
        { operator, tenantId: tenant.id },
        {
          plan: () => workflowOperations.plan(place, selection, action, pace),
          total: (plan) => plan.total,
          question: ids.length === 1 ? null : (plan) => `${verb} ${plan.total} workflow instance(s)?`,
          danger: null,
          start: () => workflowOperations.start(place, selection, action, pace, actor, reason),
          nothing: () => notFound('No workflow instance matches', tenant.slug),
        },
        flags,
      )
    })
  }

  protected override describePlan(plan: InstancePlan): string {
    const left = Object.values(plan.skipped).reduce((sum, count) => sum + count, 0)
    const estimate = plan.estimatedMs === null ? null : `at least ${shortDuration(plan.estimatedMs)}`
    const facts = [
      ['INSTANCES', `${plan.total}: ${plan.total - left} would be asked, ${left} left alone`],
      ['LEFT ALONE', countsOf(plan.skipped)],
      ['BY WORKFLOW', countsOf(plan.byWorkflow)],
      ['BY STEP', countsOf(plan.byStep)],
      ['ESTIMATE', estimate],
      ['FIRST', plan.firstIds[0] ?? null],
    ] as const
    return renderFacts(
      facts.filter(([title, value]) => title !== 'LEFT ALONE' || value !== ''),
      this.output,
    )
  }
}

async function selectionOf(
  ids: readonly string[],
  flags: Flags,
  kind: InstanceAction['kind'],
  now: Date,
): Promise<Selection> {
  const before = flags['started-before']
  const filter = {
    ...(flags.workflow === undefined ? {} : { workflow: flags.workflow }),
    ...(flags.step === undefined ? {} : { step: flags.step }),
    ...(flags.definition === undefined ? {} : { definition: flags.definition }),
    ...(before === undefined ? {} : { startedBefore: await parseTime(before, now) }),
  }
  const isFiltered = Object.keys(filter).length > 0
  if (
    isFiltered !== ids.length > 0 &&
    ids.length <= namedMax &&
    isFiltered === (flags.workflow !== undefined)
  )
    return isFiltered ? { ...filter, max: flags.max } : { ids }
  throw new NxError(
    'usage',
    'NX-USAGE',
    `Name at most ${namedMax} instances by id, or filter by --workflow`,
    {
      detail: 'Other filters narrow --workflow; ids stand alone.',
      fix: `neuronx workflow ${kind} --help`,
    },
  )
}

/** Nothing is begun when one of those that are named is not there. Returns the workflows that they are of. */
async function requireKnown(
  { workflows }: Pick<Operator, 'workflows'>,
  tenant: { readonly id: string; readonly slug: string },
  workspace: string,
  ids: readonly string[],
): Promise<readonly string[]> {
  if (ids.length === 0) return []
  const known = new Map((await workflows.instances(tenant.id, ids)).map((found) => [found.id, found]))
  const named = new Set<string>()
  for (const id of ids) {
    const found = known.get(id.toLowerCase())
    if (found === undefined) throw notFound(`There is no workflow instance '${id}'`, tenant.slug)
    if (found.workspace !== workspace)
      throw new NxError('usage', 'NX-WORKFLOW-WORKSPACE', `The instance ${id} is of another workspace`, {
        fix: `Add --workspace ${found.workspace}.`,
      })
    named.add(found.workflow)
  }
  return [...named]
}

/** The workflow, the steps and the event that were typed. */
async function requireNamed(
  operator: Operator,
  place: { readonly tenant: { readonly id: string; readonly slug: string }; readonly workspace: string },
  workflows: readonly string[],
  { workflow, step }: Selection,
  action: InstanceAction,
): Promise<void> {
  const { requireNames } = await import('../../app/workflows/require-names.ts')
  const from = action.kind === 'retry' ? (action.step ?? undefined) : undefined
  const event = action.kind === 'signal' ? action.event : undefined
  const names = workflow === undefined ? workflows : [workflow]
  await requireNames(
    operator,
    place,
    names.flatMap((name) => [
      { workflow: name, step, event },
      ...(from === undefined ? [] : [{ workflow: name, step: from }]),
    ]),
  )
}

function notFound(message: string, slug: string): NxError {
  return new NxError('not_found', 'NX-WORKFLOW-INSTANCE-NOT-FOUND', message, {
    detail: 'Nothing was changed.',
    fix: `neuronx workflow count --tenant ${slug}`,
  })
}
