import { parseEntityKey } from '../../messaging/events/entity-key.ts'
import type { EventView, MessagingReader } from '../../messaging/reading/event-reader.ts'
import { Arm, armState } from '../../sales-core/backtest/arm.ts'
import type { ArmState, Turn } from '../../sales-core/backtest/arm.ts'
import type { RecordedPast, StateBefore } from '../../sales-core/backtest/recorded-events.ts'
import type { SalesConfig } from '../../sales-core/compile/sales-config.ts'
import { newEntity } from '../../sales-core/decide/entity-state.ts'
import type { DefinitionCache } from '../../sales-core/processing/definition-cache.ts'
import { isWorkflowAsk } from '../../sales-core/workflows/workflow-asks.ts'
import type { CompiledWorkflow } from '../../sales-core/workflows/compiled-workflow.ts'
import type { WorkflowInstance } from '../../sales-core/workflows/workflow-instance.ts'
import { waitingSteps } from '../../sales-core/workflows/workflow-instance.ts'

/** What a real life of an instance would have been under the new definition. */
export type ReplayedHistory =
  | {
      readonly state: 'replayed'
      /** Did it ask for the same calls and sends so far, in the same order? */
      readonly sameEffects: boolean
      /** Where it would be now; `end` or `failed` when it would have ended, `not started`. */
      readonly at: string
    }
  /** Its past is not recorded well enough to say anything. */
  | { readonly state: 'unknown' }

interface Ports {
  readonly messages: Pick<MessagingReader, 'events' | 'event'>
  readonly recordedPast: Pick<RecordedPast, 'states'>
  readonly definitions: Pick<DefinitionCache, 'definitionsOf'>
}

/** How the entity stood before the life began, and what happened to it from then on. */
interface Recorded {
  readonly known: StateBefore & { readonly state: 'known' }
  readonly events: readonly EventView[]
}

interface Life {
  /** What its workflow asked for, in that order. */
  readonly asked: readonly string[]
  readonly at: string
}

/** Events of one life that are replayed; a longer one is not. */
const eventsMax = 500

/**
 * Plays the recorded events of an instance's entity, from the one that started it on, to both configurations, on a virtual clock: what
 * each would have asked for so far is compared, and where the new one would be. `before` starts it by the definition that is active
 * now, also an instance that runs by an older one. Nothing is sent.
 */
export async function replayHistory(
  ports: Ports,
  tenantId: string,
  instance: WorkflowInstance,
  sides: { readonly before: SalesConfig; readonly after: SalesConfig },
  now: Date,
): Promise<ReplayedHistory> {
  const past = await recordedOf(ports, tenantId, instance)
  if (past === null) return { state: 'unknown' }
  const live = async (config: SalesConfig): Promise<Life> => {
    const { instances } = past.known
    const pinned = await ports.definitions.definitionsOf(tenantId, instances, config)
    return lifeUnder(config, pinned, past, instance, { tenantId, now })
  }
  const [old, next] = [await live(sides.before), await live(sides.after)]
  return { state: 'replayed', sameEffects: old.asked.join('\n') === next.asked.join('\n'), at: next.at }
}

/** null: it is not known well enough. */
async function recordedOf(
  { messages, recordedPast }: Ports,
  tenantId: string,
  instance: WorkflowInstance,
): Promise<Recorded | null> {
  const start = await messages.event(tenantId, instance.startedByEventId)
  if (start?.entitySeq == null) return null
  const events = await eventsSince(messages, tenantId, instance, start)
  if (events === null) return null
  const { workspace, subject } = parseEntityKey(instance.entityKey)
  if (start.entitySeq === 1)
    return { known: { state: 'known', entity: newEntity(workspace, subject), instances: [] }, events }
  const { entityKey } = instance
  const states = recordedPast.states(tenantId)
  const known = (await states.before([{ entityKey, seq: start.entitySeq }])).get(entityKey)
  return known?.state === 'known' ? { known, events } : null
}

function lifeUnder(
  config: SalesConfig,
  pinned: ReadonlyMap<string, CompiledWorkflow>,
  { known, events }: Recorded,
  { id, workflow }: WorkflowInstance,
  { tenantId, now }: { readonly tenantId: string; readonly now: Date },
): Life {
  const arm = new Arm(config)
  for (const [digest, definition] of pinned) arm.definitions.set(digest, definition)
  const asked: string[] = []
  let last: WorkflowInstance | undefined
  const take = ({ decided, after }: Turn): ArmState => {
    asked.push(...commandsOf(decided, workflow))
    // The state after a turn holds those that wait; how an instance ended is in the decision that ended it.
    for (const { decision } of decided) last = decision.instances.find((one) => one.id === id) ?? last
    return after
  }
  let state = armState(known.entity, known.instances)
  const played = new Set<string>()
  for (const event of events) {
    // Timers, and what follows from events of this life, the arm comes to by itself.
    const own =
      event.origin === 'timer'
        ? isWorkflowAsk(event)
        : event.origin !== 'emitted' || event.causationId === null || !played.has(event.causationId)
    played.add(event.id)
    state = take(arm.play(state, event, Date.parse(event.acceptedAt), own))
  }
  take(arm.finish(state, tenantId, now.getTime()))
  return { asked, at: placeOf(last) }
}

function placeOf(instance: WorkflowInstance | undefined): string {
  if (instance === undefined) return 'not started'
  if (instance.state.status === 'failed') return 'failed'
  return waitingSteps(instance.state).join(', ') || 'end'
}

/** In their order; null: there are too many. */
async function eventsSince(
  messages: Ports['messages'],
  tenantId: string,
  { entityKey: key }: WorkflowInstance,
  start: EventView,
): Promise<readonly EventView[] | null> {
  const { workspace, subject } = parseEntityKey(key)
  const filter = { entity: { workspace, ...subject }, since: start.acceptedAt }
  const { items, cursor } = await messages.events(tenantId, filter, { limit: eventsMax, cursor: null })
  if (cursor !== null) return null
  const from = start.entitySeq ?? 0
  return items
    .filter(({ entitySeq }) => entitySeq !== null && entitySeq >= from)
    .toSorted((a, b) => (a.entitySeq ?? 0) - (b.entitySeq ?? 0))
}

/** What the steps of a workflow asked for: the operation and the step that wanted it. */
function commandsOf(decided: Turn['decided'], workflow: string): readonly string[] {
  return decided.flatMap(({ decision }) =>
    decision.commands.flatMap(({ cause, integration, operation, input }) =>
      cause.startsWith(`Workflow/${workflow}#`)
        ? [`${cause} ${integration}.${operation} ${JSON.stringify(input)}`]
        : [],
    ),
  )
}
