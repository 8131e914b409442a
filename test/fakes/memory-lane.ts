import { priorityRanks } from '../../src/adapters/postgres/commands/insert-commands.ts'
import type { AttemptError, Command, LeasedCommand } from '../../src/messaging/commands/command.ts'
import type { ClaimShare } from '../../src/messaging/commands/command-queue.ts'
import { tokensAt } from '../../src/messaging/commands/gate.ts'
import type { Gate } from '../../src/messaging/commands/gate.ts'
import type { Candidate } from './share-out.ts'

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
