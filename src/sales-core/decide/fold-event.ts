import { readPath } from '../../kernel/json.ts'
import type { LoggedEvent } from '../../messaging/events/event.ts'
import type { SalesConfig } from '../compile/sales-config.ts'
import { AssignDesk } from '../people/assign-desk.ts'
import type { TaskTurn } from '../people/task-turn.ts'
import { noTurn, taskTurn } from '../people/task-turn.ts'
import { noTeams } from '../people/team-state.ts'
import { EntityDraft } from './entity-draft.ts'
import type { EntityState } from './entity-state.ts'
import type { EventCounts } from './event-counts.ts'
import { countEvent, eventCounts } from './event-counts.ts'
import { eventSnapshots } from './event-values.ts'
import type { Snapshot } from './event-values.ts'
import { MarkDraft } from './marks.ts'
import { collectPoints, writeScores } from './score-phase.ts'

/** An event folded and scored: what the conditions of its rules are judged on. */
export interface ScoredEvent extends FoldedEvent {
  readonly points: ReturnType<typeof collectPoints>
}

/** An event folded: what guards are judged on. */
export interface FoldedEvent {
  readonly draft: EntityDraft
  /** What conditions count, this event included. */
  readonly counts: EventCounts
  readonly notes: readonly string[]
  /** What became of a task, when it is one. */
  readonly turn: TaskTurn
  readonly desk: AssignDesk
}

/** What folding works with besides the event and its entity. */
export interface FoldTools {
  readonly now: Date
  /** Remember the event, when something counts such events. */
  readonly marks: MarkDraft
  /** Hands out what a task's event leads to. */
  readonly desk: AssignDesk
}

/** The first phase and the third, guards left out. Explanations judge conditions on `eventValues` of its draft, as `decide` does. Pure. */
export function foldAndScore(
  event: LoggedEvent,
  entity: EntityState,
  config: SalesConfig,
  now: Date,
): ScoredEvent {
  const folded = foldAlone(event, entity, config, now)
  return scoreFolded(event, entity, config, now, folded, eventSnapshots(config, now, folded.counts))
}

/** The first phase for explanations: of teams that nobody picked from yet. Pure. */
export function foldAlone(
  event: LoggedEvent,
  entity: EntityState,
  config: SalesConfig,
  now: Date,
): FoldedEvent {
  const marks = new MarkDraft(entity.marks, now)
  const desk = new AssignDesk(config, noTeams, entity.marks, now)
  return foldEvent(event, entity, config, { now, marks, desk })
}

/** The first phase. Changes nothing but what it is given to work with. */
export function foldEvent(
  event: LoggedEvent,
  entity: EntityState,
  config: SalesConfig,
  { now, marks, desk }: FoldTools,
): FoldedEvent {
  const draft = new EntityDraft(entity)
  const notes: string[] = []
  if (config.eventType(event.type) === null)
    notes.push(`No EventType declares ${event.type}: recorded, nothing folded`)
  if (event.only === undefined) fold(event, draft, config)
  else if (!replayable(event.only, entity.ref.kind, config))
    notes.push(`There is nothing called ${event.only} to replay for this event`)
  const turn = event.only === undefined ? taskTurn(event, draft, desk) : noTurn
  if (config.counts.length > 0) countEvent(event, config.counts, marks, now)
  return { draft, counts: eventCounts(config.counts, marks, now), notes, turn, desk }
}

/** The scores after folding. */
export function scoreFolded(
  event: LoggedEvent,
  entity: EntityState,
  config: SalesConfig,
  now: Date,
  folded: FoldedEvent,
  snapshot: Snapshot,
): ScoredEvent {
  const { draft, counts, notes, turn, desk } = folded
  const readings = snapshot(draft, event)
  const points = collectPoints(event, entity, config, readings, now)
  const scored = writeScores(points.collected, draft, readings)
  return { draft, counts, turn, desk, points, notes: notes.concat(scored) }
}

/** Is there a rule, or a factor of a score of this kind of entity, of that name? */
function replayable(only: string, kind: string, config: SalesConfig): boolean {
  return (
    config.rule(only) !== null ||
    config.scoresFor(kind).some(({ name, factors }) => factors.some(({ id }) => `${name}/${id}` === only))
  )
}

/** Merges what the event's data and the entity have in common. null clears a field; what the data leaves out stays. */
export function fold(event: LoggedEvent, draft: EntityDraft, config: SalesConfig): void {
  const folds = config.foldsOf(event.type)
  if (folds === null || folds.entityKind !== event.subject.kind) return
  for (const { path } of folds.fields) {
    const value = readPath(event.data, path)
    if (value !== undefined) draft.set(path, value, 'event')
  }
}
