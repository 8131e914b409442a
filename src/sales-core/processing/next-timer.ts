import type { EntityRef, NxEvent } from '../../messaging/events/event.ts'
import type { EntityState } from '../decide/entity-state.ts'
import type { RuleWait } from '../decide/rule-wait.ts'
import { dueFirst } from '../decide/rule-wait.ts'
import { nextRuleWait, ruleTimerEvent } from '../decide/rules/rule-timer.ts'
import { nextTaskTimer, taskTimerEvent } from '../people/task-timer.ts'
import { nextScoreTimer } from '../scoring/next-score-timer.ts'
import { decayedEvent } from '../scoring/score-events.ts'
import type { WorkflowInstance } from '../workflows/workflow-instance.ts'

/** What a timer does when its time has come. */
export interface DueTimer {
  readonly dueMs: number
  /** The score that fades then; null: it is no score's timer. */
  readonly model: string | null
  /** `time`: RFC 3339. */
  readonly eventAt: (time: string) => NxEvent
}

interface Known {
  readonly entity: EntityState
  /** Of its rules. */
  readonly waits: readonly RuleWait[]
}

/** The first of what falls due by then of rules' waits, of tasks and of scores that fade; of one instant in this order. null: none. */
export function nextTimer(
  known: readonly Known[],
  untilMs: number,
  place: { readonly tenantId: string; readonly workspace: string },
): DueTimer | null {
  const entities = known.map(({ entity }) => entity)
  const due = [
    ruleTimer(known, untilMs, place.tenantId),
    taskTimer(entities, untilMs, place),
    scoreTimer(entities, untilMs, place),
  ].filter((found) => found !== null)
  return due.toSorted((a, b) => a.dueMs - b.dueMs)[0] ?? null
}

function ruleTimer(known: readonly Known[], untilMs: number, tenantId: string): DueTimer | null {
  const [rule] = known
    .flatMap(({ entity, waits }) => {
      const due = nextRuleWait(waits, untilMs)
      return due === null ? [] : [{ ...due, entity }]
    })
    .toSorted((a, b) => dueFirst(a.wait, b.wait))
  if (rule === undefined) return null
  const { wait, entity, dueMs } = rule
  return { dueMs, model: null, eventAt: (time) => ruleTimerEvent(wait, entity, tenantId, time) }
}

type Place = Parameters<typeof nextTimer>[2]

function taskTimer(entities: readonly EntityState[], untilMs: number, place: Place): DueTimer | null {
  const task = nextTaskTimer(entities, untilMs)
  if (task === null) return null
  const { entity, rung, dueMs } = task
  const cause = (ref: EntityRef) => ({ correlationId: ref.id, openedBy: null })
  return {
    dueMs,
    model: null,
    eventAt: (time) => taskTimerEvent({ ...place, ref: entity.ref, rung, ...cause(entity.ref) }, time),
  }
}

function scoreTimer(entities: readonly EntityState[], untilMs: number, place: Place): DueTimer | null {
  const score = nextScoreTimer(entities, untilMs)
  if (score === null) return null
  const { entity, model, dueMs } = score
  return {
    dueMs,
    model,
    eventAt: (time) =>
      decayedEvent({ ...place, ref: entity.ref, model }, new Date(dueMs).toISOString(), time),
  }
}

/** An instance that is to be woken. */
export interface DueWake {
  readonly instance: WorkflowInstance
  readonly ref: EntityRef
  readonly dueMs: number
}

/** The first instance that is to be woken by then; of one instant by id. null: none. */
export function nextWake(
  known: ReadonlyArray<{ readonly entity: EntityState; readonly instances: readonly WorkflowInstance[] }>,
  untilMs: number,
): DueWake | null {
  let first: DueWake | null = null
  for (const { entity, instances } of known)
    for (const instance of instances) {
      const until = instance.state.status === 'waiting' ? instance.state.wait.until : null
      const dueMs = until === null ? Number.POSITIVE_INFINITY : Date.parse(until)
      if (dueMs > untilMs) continue
      if (first === null || dueMs < first.dueMs || (dueMs === first.dueMs && instance.id < first.instance.id))
        first = { instance, ref: entity.ref, dueMs }
    }
  return first
}
