import { formatDuration } from '../../kernel/duration.ts'
import type { AlertCondition } from './alert.ts'
import { alertCodes } from './alert-codes.ts'
import type { AlertCode } from './alert-codes.ts'

/** What the watch knows beside the database's facts. */
export interface Observations {
  /** For the commands in fixes; null when the tenant is not known. */
  slugOf(tenantId: string): string | null
  /** Shard -> how long nobody has owned it, as far as this watcher has seen. */
  readonly unownedMs: ReadonlyMap<number, number>
  /** Shards whose consumer is ahead of its stream; null: the bus could not be asked. */
  readonly consumersAhead: readonly number[] | null
}

/** An alert's condition from its code and what is particular about it. */
export function conditionOf(
  code: AlertCode,
  particular: Pick<AlertCondition, 'tenantId' | 'subject' | 'detail' | 'fix' | 'facts'>,
): AlertCondition {
  return { code, ...alertCodes[code], ...particular }
}

/** `5 commands`, `1 command`, `1000 or more commands`. */
export function counted(count: number, thing: string, most: number): string {
  return `${count}${count >= most ? ' or more' : ''} ${thing}${count === 1 ? '' : 's'}`
}

/** Whole seconds. */
export function seconds(ms: number): number {
  return Math.round(ms / 1_000)
}

/** To the second, and not below one. */
export function age(ms: number): string {
  return formatDuration(Math.max(1, seconds(ms)) * 1_000)
}
