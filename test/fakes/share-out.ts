import type { ClaimShare } from '../../src/messaging/commands/command-queue.ts'

/** A due command, within the allowance of its integration. */
export interface Candidate {
  readonly tenantId: string
  /** 0 high, 1 normal, 2 low. */
  readonly priority: number
  /** Among those of its integration, from 1. */
  readonly place: number
  readonly dueMs: number
  readonly n: number
  readonly share: Pick<ClaimShare, 'weight' | 'tenantInFlight' | 'tenantRoom'>
}

/** Which of them a claim of `max` takes, as CommandQueue.claim says: the rule by which the real queue is judged. */
export function shareOut<T extends Candidate>(candidates: readonly T[], max: number): readonly T[] {
  const turns = new Map<string, number>()
  return [...candidates]
    .sort((a, b) => a.priority - b.priority || a.place - b.place || a.dueMs - b.dueMs || a.n - b.n)
    .flatMap((candidate) => {
      const turn = (turns.get(candidate.tenantId) ?? 0) + 1
      turns.set(candidate.tenantId, turn)
      const { weight, tenantInFlight, tenantRoom } = candidate.share
      return turn > tenantRoom ? [] : [{ candidate, turn, rank: (tenantInFlight + turn) / weight }]
    })
    .sort((a, b) => a.rank - b.rank)
    .slice(0, max)
    .sort((a, b) => a.candidate.priority - b.candidate.priority || a.turn - b.turn)
    .map(({ candidate }) => candidate)
}
