import { entityKey, parseEntityKey } from '../../messaging/events/entity-key.ts'
import type { EventView, MessagingReader } from '../../messaging/reading/event-reader.ts'
import { Arm, armState } from '../../sales-core/backtest/arm.ts'
import type { RecordedPast } from '../../sales-core/backtest/recorded-events.ts'
import type { SalesConfig } from '../../sales-core/compile/sales-config.ts'
import { newEntity } from '../../sales-core/decide/entity-state.ts'
import { isWorkflowAsk } from '../../sales-core/workflows/workflow-asks.ts'
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
}

/** Events of one life that are replayed; a longer one is not. */
const eventsMax = 500

/**
 * Plays the recorded events of an instance's entity, from the one that started it on, to both configurations, on a virtual clock: what
 * each would have asked for so far is compared, and where the new one would be. Nothing is sent.
 */
export async function replayHistory(
  { messages, recordedPast }: Ports,
  tenantId: string,
  instance: WorkflowInstance,
  sides: { readonly before: SalesConfig; readonly after: SalesConfig },
  now: Date,
): Promise<ReplayedHistory> {
  const start = await messages.event(tenantId, instance.startedByEventId)
  if (start?.entitySeq == null) return { state: 'unknown' }
  const events = await eventsSince(messages, tenantId, instance, start)
  if (events === null) return { state: 'unknown' }
  const { workspace, subject } = parseEntityKey(instance.entityKey)
  const key = entityKey(workspace, subject)
  const known =
    start.entitySeq === 1
      ? ({ state: 'known', entity: newEntity(workspace, subject), instances: [] } as const)
      : (await recordedPast.states(tenantId).before([{ entityKey: key, seq: start.entitySeq }])).get(key)
  if (known?.state !== 'known') return { state: 'unknown' }
  const lives = [sides.before, sides.after].map((config) => {
    const arm = new Arm(config)
    let state = armState(known.entity, known.instances)
    const asked: string[] = []
    for (const event of events) {
      const own = event.origin !== 'timer' || isWorkflowAsk(event)
      const turn = arm.play(state, event, Date.parse(event.acceptedAt), own)
      asked.push(...commandsOf(turn.decided, instance.workflow))
      state = turn.after
    }
    const last = arm.finish(state, tenantId, now.getTime())
    asked.push(...commandsOf(last.decided, instance.workflow))
    const ended = last.after.instances.find(({ id }) => id === instance.id)
    return {
      asked,
      at: ended === undefined ? 'end' : waitingSteps(ended.state).join(', ') || ended.state.status,
    }
  })
  const [old, next] = lives
  if (old === undefined || next === undefined) return { state: 'unknown' }
  return { state: 'replayed', sameEffects: old.asked.join('\n') === next.asked.join('\n'), at: next.at }
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
function commandsOf(decided: ReturnType<Arm['play']>['decided'], workflow: string): readonly string[] {
  return decided.flatMap(({ decision }) =>
    decision.commands.flatMap(({ cause, integration, operation, input }) =>
      cause.startsWith(`Workflow/${workflow}#`)
        ? [`${cause} ${integration}.${operation} ${JSON.stringify(input)}`]
        : [],
    ),
  )
}
