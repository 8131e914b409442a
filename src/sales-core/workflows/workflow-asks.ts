import type { JsonObject } from '../../kernel/json.ts'
import { isJsonObject } from '../../kernel/json.ts'
import type { NxEvent } from '../../messaging/events/event.ts'
import type { EventTypeInfo } from '../compile/type-catalog.ts'
import { jsonType, scalar, structOf } from '../types/field-type.ts'

/** What may be asked of one instance. Each is an event of its entity, so that the log tells of it and a replay repeats it. */
export const workflowAskKinds = ['cancel', 'retry', 'signal', 'follow'] as const
export type WorkflowAskKind = (typeof workflowAskKinds)[number]

/** Where such events come from. */
export const workflowAskSource = 'neuronx/workflows'

export type WorkflowAsk = { readonly instanceId: string } & (
  | { readonly kind: 'cancel'; readonly by: string }
  /** Begins a step that failed once more. `step`: another one; null: the one that failed, or what encloses it. */
  | { readonly kind: 'retry'; readonly step: string | null }
  /** As if this event had come, for this instance alone. */
  | { readonly kind: 'signal'; readonly event: string; readonly data: JsonObject }
  /** Takes over what the active definition says of instances in flight. */
  | { readonly kind: 'follow' }
)

/** The type of the event that asks so. */
export function workflowAskType(kind: WorkflowAskKind): string {
  return `workflow.${kind}`
}

const kinds = new Map<string, WorkflowAskKind>(workflowAskKinds.map((kind) => [workflowAskType(kind), kind]))

/** Is it such an event? Only the system itself makes them: what a producer sends under the same type asks for nothing. */
export function isWorkflowAsk({ type, origin }: Pick<NxEvent, 'type' | 'origin'>): boolean {
  return origin === 'timer' && kinds.has(type)
}

/** What an event asks of an instance; null: nothing. */
export function workflowAsk(event: Pick<NxEvent, 'type' | 'origin' | 'data'>): WorkflowAsk | null {
  const kind = isWorkflowAsk(event) ? kinds.get(event.type) : undefined
  const { instance: instanceId, by, step, event: type, data } = event.data
  if (kind === undefined || typeof instanceId !== 'string') return null
  switch (kind) {
    case 'cancel':
      return { kind, instanceId, by: typeof by === 'string' ? by : 'somebody' }
    case 'retry':
      return { kind, instanceId, step: typeof step === 'string' ? step : null }
    case 'signal':
      if (typeof type !== 'string') return null
      return { kind, instanceId, event: type, data: isJsonObject(data) ? data : {} }
    case 'follow':
      return { kind, instanceId }
  }
}

const text = scalar('string', true)

/** Their types, as conditions see them. `by` and `reason` say who asked and why. */
export const workflowAskEvents: readonly EventTypeInfo[] = workflowAskKinds.map((kind) => ({
  type: workflowAskType(kind),
  folds: null,
  builtIn: true,
  data: structOf({
    instance: scalar('string'),
    by: text,
    reason: text,
    job: text,
    step: text,
    event: text,
    data: jsonType,
  }),
}))
