import { NxError } from '../../kernel/errors.ts'
import { nearestName } from '../../kernel/nearest-name.ts'
import type { RevisionStore } from '../../control-plane/revisions/revision-store.ts'
import { workflowShape } from '../../sales-core/kinds/workflow-shape.ts'
import { DefinitionCache } from '../../sales-core/processing/definition-cache.ts'
import type { InstanceCount, WorkflowReader } from '../../sales-core/reading/workflow-reader.ts'
import type { CompiledWorkflow } from '../../sales-core/workflows/compiled-workflow.ts'
import { stepById } from '../../sales-core/workflows/compiled-workflow.ts'
import { activeSide } from '../backtest/configuration-side.ts'
import type { ConfigurationSide } from '../backtest/configuration-side.ts'

interface Ports {
  readonly revisions: Pick<RevisionStore, 'effective' | 'effectiveByDigest' | 'document'>
  readonly workflows: Pick<WorkflowReader, 'counts'>
}

interface Place {
  readonly tenant: { readonly id: string; readonly slug: string }
  readonly workspace: string
}

/** What somebody typed. `step`: of the workflow; `event`: a type of event. */
export interface TypedNames {
  readonly workflow: string
  readonly step?: string | undefined
  readonly event?: string | undefined
}

/** Older definitions of one workflow that are asked for a step. */
const definitionsMax = 100

/**
 * A name that is not known finds nothing, which looks like an answer: it is refused instead, with the one that was meant. Known are the
 * workflows of the active configuration and removed ones that have instances; steps of the active definition and of those that
 * instances run by. Throws NX-WORKFLOW-NOT-FOUND, NX-WORKFLOW-STEP-NOT-FOUND, NX-EVENT-TYPE-NOT-FOUND.
 */
export async function requireNames(ports: Ports, place: Place, names: readonly TypedNames[]): Promise<void> {
  const side = await activeSide(ports.revisions, place)
  for (const typed of names) await requireTyped(ports, place, side, typed)
}

async function requireTyped(
  ports: Ports,
  place: Place,
  side: ConfigurationSide,
  { workflow, step, event }: TypedNames,
): Promise<void> {
  const active = side.config.workflow(workflow)
  if (active === null || (step !== undefined && stepById(active, step) === undefined))
    await lookFurther(ports, place, side, { workflow, step }, active)
  const types = side.config.types.events
  if (event !== undefined && !types.has(event))
    throw unknown(
      'NX-EVENT-TYPE-NOT-FOUND',
      `There is no type of event '${event}'`,
      nearestName(event, types.keys()),
      `neuronx config show --tenant ${place.tenant.slug}`,
    )
}

/** The error for a workflow that is neither declared nor has instances, which `others` are the names of. */
export function noWorkflow(
  { tenant }: Pick<Place, 'tenant'>,
  { set }: Pick<ConfigurationSide, 'set'>,
  name: string,
  others: Iterable<string> = [],
): NxError {
  const declared = set.ofKind(workflowShape).map(({ spec }) => spec.name)
  const near = nearestName(name, new Set([...declared, ...others]))
  const list = `neuronx workflow list --tenant ${tenant.slug}`
  return unknown('NX-WORKFLOW-NOT-FOUND', `There is no workflow '${name}'`, near, list)
}

async function lookFurther(
  { revisions, workflows }: Ports,
  place: Place,
  side: ConfigurationSide,
  { workflow, step }: TypedNames,
  active: CompiledWorkflow | null,
): Promise<void> {
  const { tenant, workspace } = place
  const { places, totals } = await workflows.counts(tenant.id, workspace, workflow)
  if (active === null && totals.length === 0) {
    const all = (await workflows.counts(tenant.id, workspace, null)).totals
    throw noWorkflow(
      place,
      side,
      workflow,
      all.map((one) => one.workflow),
    )
  }
  if (step === undefined) return
  const pinned = await pinnedOf(revisions, tenant.id, side, places)
  const known = new Set([...(active === null ? [] : [active]), ...pinned].flatMap(stepIds))
  // A definition that cannot be read any more still has those who wait in it.
  for (const at of places) if (at.step !== null) known.add(at.step)
  if (known.has(step)) return
  throw unknown(
    'NX-WORKFLOW-STEP-NOT-FOUND',
    `There is no step '${step}' in ${workflow}`,
    nearestName(step, known),
    `neuronx workflow graph ${workflow} --tenant ${tenant.slug}`,
  )
}

async function pinnedOf(
  revisions: Ports['revisions'],
  tenantId: string,
  { config }: ConfigurationSide,
  places: readonly InstanceCount[],
): Promise<readonly CompiledWorkflow[]> {
  const digests = [...new Set(places.map(({ definitionDigest }) => definitionDigest))].slice(
    0,
    definitionsMax,
  )
  const asked = digests.map((definitionDigest) => ({ definitionDigest }))
  const found = await new DefinitionCache(revisions).definitionsOf(tenantId, asked, config)
  return [...found.values()]
}

function stepIds({ steps }: CompiledWorkflow): readonly string[] {
  return steps.map(({ id }) => id)
}

function unknown(code: string, message: string, near: string | null, otherwise: string): NxError {
  return new NxError('not_found', code, message, {
    fix: near === null ? otherwise : `Did you mean '${near}'?`,
  })
}
