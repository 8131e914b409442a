import { crc32 } from 'node:zlib'
import type { ArmState } from './arm.ts'
import type { RecordedEvent } from './recorded-events.ts'
import type { NotReplayedReason } from './report.ts'

/** Events of one entity that wait for an earlier one: commits may be a little out of order. */
export const waitingEventsMax = 100
/** Recent events of an entity, by which an emitted event is known to come of the entity itself. */
const recentMax = 32

export interface ArmStates {
  baseline: ArmState
  /** The same object as `baseline` as long as nothing differs. */
  candidate: ArmState
}

/** An entity under replay. */
export interface Unit {
  readonly key: string
  readonly tenantId: string
  /** null: why it cannot be replayed. */
  states: ArmStates | { readonly unknown: NotReplayedReason }
  /** The last place in the entity's order that was taken; null: the recording does not say. */
  seq: number | null
  /** Events after a gap, by their place. */
  waiting: Map<number, RecordedEvent> | null
  /** Checksums of ids: ids themselves would cost more memory than states. */
  recent: number[]
  changed: boolean
  last: ComparedEvent
}

/** What is told of an event on which the sides differ. */
export type ComparedEvent = Pick<RecordedEvent, 'id' | 'type' | 'subject' | 'acceptedAt' | 'data'>

/** The same without its data, which can be large. */
export function withoutData({ id, type, subject, acceptedAt }: RecordedEvent): ComparedEvent {
  return { id, type, subject, acceptedAt, data: noData }
}
const noData: RecordedEvent['data'] = Object.freeze({})

/** Remembers an event, so that what it emits is recognised. */
export function remember(unit: Unit, eventId: string): void {
  unit.recent.push(crc32(eventId))
  if (unit.recent.length > recentMax) unit.recent.splice(0, recentMax / 2)
}

/** Is it one of the events that came last? */
export function isRecent(unit: Unit, eventId: string): boolean {
  return unit.recent.includes(crc32(eventId))
}

/**
 * Puts an event in its place: returns what can be applied now, in order. An event with an earlier one missing waits; a place that
 * was taken already is `repeated`.
 */
export function inOrder(
  unit: Unit,
  event: RecordedEvent,
): readonly RecordedEvent[] | 'repeated' | 'overflow' {
  const { entitySeq } = event
  if (entitySeq === null || unit.seq === null) return [event]
  if (entitySeq <= unit.seq) return 'repeated'
  if (entitySeq > unit.seq + 1) {
    unit.waiting ??= new Map()
    if (unit.waiting.has(entitySeq)) return 'repeated'
    unit.waiting.set(entitySeq, event)
    return unit.waiting.size > waitingEventsMax ? 'overflow' : []
  }
  const ready = [event]
  unit.seq = entitySeq
  for (
    let next = unit.waiting?.get(unit.seq + 1);
    next !== undefined;
    next = unit.waiting?.get(unit.seq + 1)
  ) {
    unit.seq += 1
    unit.waiting?.delete(unit.seq)
    ready.push(next)
  }
  if (unit.waiting?.size === 0) unit.waiting = null
  return ready
}
