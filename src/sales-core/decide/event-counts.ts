import type { JsonValue } from '../../kernel/json.ts'
import type { LoggedEvent } from '../../messaging/events/event.ts'
import type { CountNeed } from '../conditions/condition-compiler.ts'
import { countKey } from '../conditions/condition-compiler.ts'
import type { MarkDraft } from './marks.ts'

/** Events of one type that are remembered of an entity: a count never says more. */
export const countedMax = 1_000

/** How many events of a type the entity had in a window, by `countKey`. */
export type EventCounts = Readonly<Record<string, number>>

/** Nothing counts anything. */
export const noCounts: EventCounts = Object.freeze({})

/**
 * Counts this event for whatever condition asks how often such events came. Times are those at which events were decided, so that a
 * count is the same however late an event was. A replay of one rule counts nothing.
 */
export function countEvent(
  event: LoggedEvent,
  needs: readonly CountNeed[],
  marks: MarkDraft,
  now: Date,
): void {
  if (event.only !== undefined) return
  const windows = needs.filter(({ eventType }) => eventType === event.type).map(({ windowMs }) => windowMs)
  if (windows.length === 0) return
  const windowMs = Math.max(...windows)
  const key = `count:${event.type}`
  const times = [...timesOf(marks.read(key)), now.getTime()].filter((at) => at > now.getTime() - windowMs)
  marks.set(key, times.slice(-countedMax), new Date(now.getTime() + windowMs).toISOString())
}

/** The counts that conditions ask for, this event included. */
export function eventCounts(
  needs: readonly CountNeed[],
  marks: Pick<MarkDraft, 'read'>,
  now: Date,
): EventCounts {
  if (needs.length === 0) return noCounts
  const counts: Record<string, number> = {}
  for (const need of needs) {
    const since = now.getTime() - need.windowMs
    const times = timesOf(marks.read(`count:${need.eventType}`))
    counts[countKey(need)] = times.reduce((sum, at) => sum + (at > since ? 1 : 0), 0)
  }
  return counts
}

function timesOf(value: JsonValue | undefined): readonly number[] {
  return Array.isArray(value) ? (value as readonly number[]) : []
}
