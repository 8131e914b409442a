import { priorityRanks } from '../../messaging/commands/command.ts'
import type { CommandPriority } from '../../messaging/commands/command.ts'
import type { FrequencyCap } from './compiled-policy.ts'
import type { SendRequest, SlotUse } from './send-facts.ts'

/** Is there room under a cap for one more message? `full`: from `freeMs` on; null: never. */
export type CapRoom =
  | { readonly state: 'held' }
  | { readonly state: 'room'; readonly steal: string | null }
  | { readonly state: 'full'; readonly freeMs: number | null }

/**
 * A message needs a slot that is neither used nor kept for a higher priority. Without one it takes that of a lower priority
 * which was not sent, the latest first. A command that holds a slot already has it for all its attempts.
 */
export function roomUnder(
  cap: FrequencyCap,
  { commandId, priority }: Pick<SendRequest, 'commandId' | 'priority'>,
  slots: readonly SlotUse[],
  nowMs: number,
): CapRoom {
  const live = slots.filter(({ takenMs }) => takenMs + cap.withinMs > nowMs)
  if (live.some((slot) => slot.commandId === commandId)) return { state: 'held' }
  if (fits(cap, priority, live)) return { state: 'room', steal: null }
  const [victim] = live
    .filter((slot) => slot.free && priorityRanks[slot.priority] > priorityRanks[priority])
    .toSorted(byWeakness)
  if (
    victim !== undefined &&
    fits(
      cap,
      priority,
      live.filter((slot) => slot !== victim),
    )
  )
    return { state: 'room', steal: victim.commandId }
  const leaving = live.toSorted((one, other) => one.takenMs - other.takenMs)
  for (const [index, { takenMs }] of leaving.entries()) {
    if (fits(cap, priority, leaving.slice(index + 1)))
      return { state: 'full', freeMs: takenMs + cap.withinMs }
  }
  return { state: 'full', freeMs: null }
}

function fits({ max, kept }: FrequencyCap, priority: CommandPriority, used: readonly SlotUse[]): boolean {
  const keptAbove = (['high', 'normal'] as const)
    .filter((above) => priorityRanks[above] < priorityRanks[priority])
    .reduce(
      (sum, above) => sum + Math.max(0, kept[above] - used.filter((slot) => slot.priority === above).length),
      0,
    )
  return max - used.length - keptAbove > 0
}

function byWeakness(one: SlotUse, other: SlotUse): number {
  return (
    priorityRanks[other.priority] - priorityRanks[one.priority] ||
    other.takenMs - one.takenMs ||
    (one.commandId < other.commandId ? -1 : 1)
  )
}
