import type { JsonObject } from '../../kernel/json.ts'

/** The event that a rule waits after: what its conditions and texts see when the wait is over. */
export interface WaitEvent {
  readonly id: string
  readonly type: string
  readonly source: string
  /** `lead/42` */
  readonly subject: string
  readonly time: string
  readonly depth: number
  readonly data: JsonObject
}

/** A rule that held and waits: for something not to come (`unless_followed_by`), or for a burst to end (`once_after`). */
export interface RuleWait {
  readonly id: string
  /** `<set>/<rule>` */
  readonly ref: string
  /** `burst` waits: tells the waits of one rule apart; empty for the others. */
  readonly key: string
  readonly kind: 'absence' | 'burst'
  /** RFC 3339, UTC. */
  readonly dueAt: string
  readonly event: WaitEvent
  /** Of the event that opened it: its timer carries it on. */
  readonly correlationId: string
  /** Why the event may lead to no sends, null: it may. */
  readonly sendsBlocked: string | null
  /** Its rule failed when it was over: kept for a replay of that rule, for a while. */
  readonly failed: boolean
}

/** What an event does to the waits of its entity. */
export type RuleWaitChange =
  { readonly change: 'open'; readonly wait: RuleWait } | { readonly change: 'close'; readonly id: string }

/** Waits of rules that one entity may have at once. */
export const ruleWaitsMax = 200

/** How long a wait is kept whose rule failed, milliseconds. */
export const failedWaitKeptMs = 30 * 86_400_000

/** The mark that counts an entity's open waits: where it is absent, nothing is looked up. */
export const waitsMark = 'waits'

/** The waits after some changes, oldest due first. */
export function withWaitChanges(
  waits: readonly RuleWait[],
  changes: readonly RuleWaitChange[],
): readonly RuleWait[] {
  if (changes.length === 0) return waits
  const byId = new Map(waits.map((wait) => [wait.id, wait]))
  for (const change of changes) {
    if (change.change === 'open') byId.set(change.wait.id, change.wait)
    else byId.delete(change.id)
  }
  return [...byId.values()].toSorted(dueFirst)
}

/** The order in which waits are looked at, however their rows were read. */
export function dueFirst(a: RuleWait, b: RuleWait): number {
  if (a.dueAt !== b.dueAt) return a.dueAt < b.dueAt ? -1 : 1
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
}
