import type { InFlightChange, InFlightPlace } from '../../control-plane/plan/plan-report.ts'
import type { Workspace, World } from '../../control-plane/plan/world/configuration-world.ts'
import type { Candidate } from '../../control-plane/plan/world/read-candidate.ts'
import { scopeName } from '../../control-plane/documents/document.ts'
import { parseEntityKey } from '../../messaging/events/entity-key.ts'
import type { SalesConfig } from '../../sales-core/compile/sales-config.ts'
import { followDefinition } from '../../sales-core/decide/workflows/follow-definition.ts'
import { DefinitionCache } from '../../sales-core/processing/definition-cache.ts'
import type { StepCount } from '../../sales-core/reading/workflow-reader.ts'
import { contactZone } from '../../sales-core/time/contact-zone.ts'
import { dueAt } from '../../sales-core/time/due-at.ts'
import type { CompiledWorkflow } from '../../sales-core/workflows/compiled-workflow.ts'
import { followed } from '../../sales-core/workflows/versions/followed.ts'
import type { WorkflowInstance } from '../../sales-core/workflows/workflow-instance.ts'
import { waitingSteps } from '../../sales-core/workflows/workflow-instance.ts'
import { layersSide } from '../backtest/configuration-side.ts'
import type { Operator } from '../operator.ts'
import type { ChangedPlace } from './changed-workflows.ts'
import { replayHistory } from './replay-history.ts'

/** Workspaces with instances whose configurations are compiled, the first by name; of the others it is said that nobody tried. */
const triedWorkspacesMax = 200
/** Of those, workspaces in which lives are replayed; real instances tried out at each place; of those, lives that are replayed. */
const replayedWorkspacesMax = 20
const sampledMax = 5
const replayedMax = 3

interface Scene {
  readonly operator: Operator
  readonly tenantId: string
  readonly workspace: string
  readonly before: SalesConfig
  readonly after: SalesConfig
  readonly definitions: DefinitionCache
  readonly now: Date
  readonly replays: boolean
}

/**
 * What a change does to the instances in flight: per workflow, definition and step how many wait there, what becomes of them, and
 * what a few real ones say when they are tried out. Reads only.
 */
export async function planWorkflows(
  operator: Operator,
  { before, after, tenants }: Candidate,
  changed: readonly ChangedPlace[],
): Promise<readonly InFlightChange[]> {
  const ids = new Map(tenants.map(({ slug, id }) => [slug, id]))
  const found: InFlightChange[] = []
  const definitions = new DefinitionCache(operator.revisions)
  let tried = 0
  for (const { workspace: one, workflows } of changed) {
    const tenantId = ids.get(one.tenant)
    if (tenantId === undefined) continue
    const waiting = (await operator.workflows.waiting(tenantId, one.workspace)).filter(
      ({ workflow }) => workflows === 'all' || workflows.has(workflow),
    )
    if (waiting.length === 0) continue
    tried += 1
    if (tried > triedWorkspacesMax) {
      found.push(...untried(one, waiting))
      continue
    }
    const scene: Scene = {
      ...{ operator, tenantId, workspace: one.workspace, definitions, now: operator.clock.now() },
      replays: tried <= replayedWorkspacesMax,
      before: sideOf(before, one),
      after: sideOf(after, one),
    }
    for (const [workflow, own] of Map.groupBy(waiting, (place) => place.workflow)) {
      const change = await changeOf(scene, one, workflow, own)
      if (change !== null) found.push(change)
    }
  }
  return found
}

function untried({ name }: Workspace, waiting: readonly StepCount[]): readonly InFlightChange[] {
  return [...Map.groupBy(waiting, ({ workflow }) => workflow)].map(([workflow, own]) => ({
    workspace: name,
    workflow,
    definition: null,
    places: own.map(({ definitionDigest: definition, step, count }) => ({
      ...{ definition, step, count, becomes: 'untried', replayed: null },
      note: `only ${triedWorkspacesMax} workspaces are tried out`,
    })),
  }))
}

function sideOf(world: World, { chain, tenant, workspace }: Workspace): SalesConfig {
  const layers = chain.flatMap((scope) => {
    const own = world.get(scopeName(scope))
    return own === undefined ? [] : [{ scope, documents: own.documents, digest: own.digest ?? '' }]
  })
  return layersSide(layers, { tenant: { id: null, slug: tenant }, workspace }).config
}

/** null: nothing about it changes. */
async function changeOf(
  scene: Scene,
  { name }: Workspace,
  workflow: string,
  waiting: readonly StepCount[],
): Promise<InFlightChange | null> {
  const { before, after } = scene
  const active = after.workflow(workflow)
  const sameTimes = before.timesDigest === after.timesDigest
  if (active?.digest === before.workflow(workflow)?.digest && sameTimes) return null
  const places: InFlightPlace[] = []
  for (const place of waiting) places.push(await placeOf(scene, place, active))
  return { workspace: name, workflow, definition: active?.digest ?? null, places }
}

async function placeOf(
  scene: Scene,
  { workflow, definitionDigest, step, count }: StepCount,
  active: CompiledWorkflow | null,
): Promise<InFlightPlace> {
  const { operator, tenantId, workspace, definitions, after } = scene
  const at = { definition: definitionDigest, step, count }
  if (active === null)
    return {
      ...at,
      becomes: 'pinned',
      note: 'the workflow is removed: they go on as they began',
      replayed: null,
    }
  const wanted = { workflow, definitionDigest, step }
  const sample = await operator.workflows.sample(tenantId, workspace, wanted, sampledMax)
  const pinned =
    after.definition(definitionDigest) ??
    (await definitions.definitionsOf(tenantId, sample, after)).get(definitionDigest) ??
    null
  if (pinned === null || sample.length === 0)
    return { ...at, becomes: 'pinned', note: 'none of them could be tried out', replayed: null }
  const tried: Tried[] = []
  for (const instance of sample) tried.push(await tryOut(scene, instance, followed(pinned, active), active))
  const worst = tried.toSorted((a, b) => order.indexOf(a.becomes) - order.indexOf(b.becomes))[0] as Tried
  const lives = scene.replays ? await replayed(scene, sample.slice(0, replayedMax)) : null
  return { ...at, ...worst, replayed: lives }
}

type Tried = Pick<InFlightPlace, 'becomes' | 'note'>

const order: ReadonlyArray<InFlightPlace['becomes']> = ['blocked', 'migrates', 'retimed', 'follows', 'pinned']

async function tryOut(
  { operator, tenantId, after, now }: Scene,
  instance: WorkflowInstance,
  pinned: CompiledWorkflow,
  active: CompiledWorkflow,
): Promise<Tried> {
  const { workspace, subject } = parseEntityKey(instance.entityKey)
  const view = await operator.entities.byId(tenantId, workspace, subject)
  const made = followDefinition(
    instance,
    pinned,
    active,
    (wait, from, stepId) =>
      dueAt(wait, {
        now: from,
        contactZone: contactZone(view?.fields ?? {})?.zone ?? null,
        homeZone: after.homeZone,
        calendar: (name) => after.calendar(name),
        seed: `${instance.id} ${stepId}`,
      }),
    now,
  )
  if (made.blocked) return { becomes: 'blocked', note: made.notes[0] ?? null }
  const there = waitingSteps(made.instance.state).join(', ') || 'end'
  const { state } = made.instance
  const until = state.status === 'waiting' ? state.wait.until : null
  if (made.instance.definitionDigest !== instance.definitionDigest)
    return { becomes: 'migrates', note: `to ${there}${until === null ? '' : `, until ${until}`}` }
  if (made.instance !== instance)
    return { becomes: 'retimed', note: until === null ? null : `such as until ${until}` }
  return active.onChange.text === 'follow' && instance.definitionDigest !== active.digest
    ? { becomes: 'follows', note: 'texts and times that are still to come; its steps stay as they were' }
    : { becomes: 'pinned', note: null }
}

async function replayed(
  { operator, tenantId, before, after, definitions, now }: Scene,
  sample: readonly WorkflowInstance[],
): Promise<NonNullable<InFlightPlace['replayed']>> {
  const { messages, recordedPast } = operator
  const ports = { messages, recordedPast, definitions }
  const lives = []
  for (const instance of sample)
    lives.push(await replayHistory(ports, tenantId, instance, { before, after }, now))
  const known = lives.flatMap((life) => (life.state === 'replayed' ? [life] : []))
  return {
    tried: known.length,
    sameEffects: known.filter(({ sameEffects }) => sameEffects).length,
    at: [...new Set(known.map(({ at }) => at))].sort(),
  }
}
