import type { RevisionStore } from '../../control-plane/revisions/revision-store.ts'
import { workflowShape } from '../../sales-core/kinds/workflow-shape.ts'
import type {
  InstanceCount,
  InstanceTotal,
  WorkflowReader,
} from '../../sales-core/reading/workflow-reader.ts'
import { workflowSvg } from '../../sales-core/workflows/drawing/workflow-svg.ts'
import { stepById } from '../../sales-core/workflows/compiled-workflow.ts'
import { workflowGraph } from '../../sales-core/workflows/workflow-graph.ts'
import type { StepCounts } from '../../sales-core/workflows/workflow-graph.ts'
import { activeSide } from '../backtest/configuration-side.ts'
import { noWorkflow } from './require-names.ts'

interface Ports {
  readonly revisions: Pick<RevisionStore, 'effective' | 'effectiveByDigest'>
  readonly workflows: Pick<WorkflowReader, 'counts'>
}

interface Place {
  readonly tenant: { readonly id: string; readonly slug: string }
  readonly workspace: string
}

/** A workflow with who is in it. */
export interface ListedWorkflow {
  readonly name: string
  /** Of the active definition; null: it was removed, and those in flight go on by what they began with. */
  readonly definition: string | null
  readonly entityKind: string | null
  readonly starts: string | null
  readonly waiting: number
  readonly done: number
  readonly failed: number
  /** Of those that wait, on another definition than the active one. */
  readonly onOthers: number
  /** Where they wait. */
  readonly steps: ReadonlyArray<{ readonly step: string; readonly count: number }>
}

/** The workflows of a workspace, and those that are gone but have instances, by name. */
export async function listWorkflows(
  { revisions, workflows }: Ports,
  { tenant, workspace }: Place,
): Promise<readonly ListedWorkflow[]> {
  const { set, config } = await activeSide(revisions, { tenant, workspace })
  const { places, totals } = await workflows.counts(tenant.id, workspace, null)
  const declared = set.ofKind(workflowShape).map(({ spec }) => spec.name)
  const names = [...new Set([...declared, ...totals.map(({ workflow }) => workflow)])].sort()
  return names.map((name) => {
    const active = config.workflow(name)
    const own = places.filter(({ workflow, status }) => workflow === name && status === 'waiting')
    const total = (status: InstanceTotal['status']): number =>
      totals.find((one) => one.workflow === name && one.status === status)?.count ?? 0
    return {
      name,
      definition: active?.digest ?? null,
      entityKind: active?.entityKind ?? null,
      starts: active?.start?.on ?? null,
      ...{ waiting: total('waiting'), done: total('done'), failed: total('failed') },
      onOthers: sum(own.filter(({ definitionDigest }) => definitionDigest !== active?.digest)),
      steps: Object.entries(stepCounts(own)).map(([step, count]) => ({ step, count })),
    }
  })
}

/** A workflow of the active configuration as a picture. Throws NX-WORKFLOW-NOT-FOUND. */
export async function drawWorkflow(
  { revisions, workflows }: Ports,
  { tenant, workspace }: Place,
  name: string,
  { format, counts }: { readonly format: 'mermaid' | 'svg'; readonly counts: boolean },
): Promise<{
  readonly name: string
  readonly definition: string
  readonly counts: StepCounts
  /** Who waits at steps that only older definitions have. */
  readonly elsewhere: StepCounts
  readonly text: string
}> {
  const { set, config } = await activeSide(revisions, { tenant, workspace })
  const workflow = config.workflow(name)
  if (workflow === null) throw noWorkflow({ tenant }, { set }, name)
  const { places } = counts ? await workflows.counts(tenant.id, workspace, name) : { places: [] }
  const live = stepCounts(places.filter(({ status }) => status === 'waiting'))
  const text = format === 'svg' ? workflowSvg(workflow, live) : workflowGraph(workflow, live)
  const gone = Object.entries(live).filter(([step]) => stepById(workflow, step) === undefined)
  return { name, definition: workflow.digest, counts: live, elsewhere: Object.fromEntries(gone), text }
}

function stepCounts(places: readonly InstanceCount[]): StepCounts {
  const counts: Record<string, number> = Object.create(null) as Record<string, number>
  for (const { step, count } of places) if (step !== null) counts[step] = (counts[step] ?? 0) + count
  return { ...counts }
}

function sum(places: readonly InstanceCount[]): number {
  return places.reduce((total, { count }) => total + count, 0)
}
