import { resultEvent } from '../../src/adapters/postgres/commands/result-event.ts'
import type { JsonObject } from '../../src/kernel/json.ts'
import { priorityRanks } from '../../src/messaging/commands/command.ts'
import type { AttemptError, Command, LeasedCommand } from '../../src/messaging/commands/command.ts'
import type { ClaimShare, SettledAttempt, Settlement } from '../../src/messaging/commands/command-queue.ts'
import { tokensAt } from '../../src/messaging/commands/gate.ts'
import type { Gate } from '../../src/messaging/commands/gate.ts'
import { noticeData } from '../../src/messaging/commands/notice-data.ts'
import type { NxEvent } from '../../src/messaging/events/event.ts'
import type { Candidate } from './share-out.ts'

export type EndState = 'succeeded' | 'dead' | 'cancelled'
export type EndEventType = 'command.succeeded' | 'command.failed' | 'command.cancelled'
export type OpenState = 'waiting' | 'ready' | 'leased' | 'in_doubt'

/** A command that has not ended, with its place in its lane. */
export interface Lane {
  readonly n: number
  readonly command: Command
  state: OpenState
  dueMs: number
  attempt: number
  runLease: number
  leaseUntilMs: number
  sentAtMs: number | null
  firstAttemptAt: string | null
  lookAtMs: number | null
  looks: number
}

export function gateKey({ tenantId, integration }: Command): string {
  return `${tenantId}/${integration}`
}

export function leasedOf(lane: Lane, leaseEndsMs: number): LeasedCommand {
  const { command, attempt, runLease, firstAttemptAt } = lane
  return { command, attempt, runLease: String(runLease), firstAttemptAt, leaseEndsMs }
}

/** How a command ended, as an event on its way into the log. */
export function endEvent(lane: Lane, type: EndEventType, data: JsonObject, now: Date) {
  const event = resultEvent(leasedOf(lane, 0), type, data, now.toISOString())
  return { event, routed: lane.command.routeResult }
}

/** How an attempt ends whose daemon went away. */
export function expiredSettlement({ sentAtMs, command }: Lane): Settlement {
  const error = failure('NX-COMMAND-LEASE-EXPIRED', 'Its daemon went away')
  const sent = sentAtMs !== null
  return command.repeatable === 'yes' || !sent
    ? { state: 'retry', error, delayMs: 0, spendsAttempt: sent, durationMs: 0 }
    : { state: 'in_doubt', error, durationMs: 0 }
}

/** As if it had not been claimed, and not before `dueMs`. */
export function deferLane(lane: Lane, dueMs: number): void {
  const firstAttemptAt = lane.attempt <= 1 ? null : lane.firstAttemptAt
  Object.assign(lane, { state: 'ready', dueMs, sentAtMs: null, attempt: lane.attempt - 1, firstAttemptAt })
}

export function failure(code: string, message: string): AttemptError {
  return { code, message, status: null, answer: null }
}

/** The due ones of an integration's ready lanes, as many as its share and its tokens allow. */
export function candidatesOf(
  lanes: readonly Lane[],
  gate: Gate,
  share: ClaimShare,
  max: number,
  nowMs: number,
): readonly (Candidate & { readonly lane: Lane; readonly share: ClaimShare })[] {
  const tokens = gate.breaker === 'closed' ? Math.floor(tokensAt(gate, share, nowMs)) : 1
  const rank = (lane: Lane): number => priorityRanks[lane.command.priority]
  return lanes
    .filter((lane) => lane.dueMs <= nowMs)
    .toSorted((a, b) => rank(a) - rank(b) || a.dueMs - b.dueMs || a.n - b.n)
    .slice(0, Math.max(0, Math.min(share.room, tokens, max)))
    .map((lane, index) => ({
      tenantId: lane.command.tenantId,
      priority: rank(lane),
      place: index + 1,
      dueMs: lane.dueMs,
      n: lane.n,
      share,
      lane,
    }))
}

/** A token is gone; or the probe is under way, and nobody else goes until it has ended or its lease is over. */
export function gateAfterClaim(gate: Gate, share: ClaimShare, nowMs: number, leaseMs: number): Gate {
  if (gate.breaker !== 'closed') return { ...gate, breaker: 'half_open', notBeforeMs: nowMs + leaseMs }
  return {
    ...gate,
    tokens: tokensAt(gate, share, nowMs) - 1,
    tokensAtMs: Math.max(gate.tokensAtMs, nowMs),
    perSecond: share.perSecond,
  }
}

/** What is logged about a message with the end of an attempt; null: nothing. */
export function noticeEvent(
  attempt: SettledAttempt,
  now: Date,
): { readonly event: NxEvent; readonly routed: boolean } | null {
  const { leased, notice } = attempt
  if (notice === undefined) return null
  const data = noticeData(attempt, now)
  return {
    event: resultEvent(leased, `message.${notice.outcome}`, data, now.toISOString()),
    routed: notice.routed,
  }
}
