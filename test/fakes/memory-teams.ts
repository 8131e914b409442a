import { NxError } from '../../src/kernel/errors.ts'
import { entityKey } from '../../src/messaging/events/entity-key.ts'
import type { EntityState } from '../../src/sales-core/decide/entity-state.ts'
import type { LoadedTeam, TeamRef } from '../../src/sales-core/people/team-book.ts'
import type { TeamStates } from '../../src/sales-core/people/team-state.ts'
import { afterMoves, freshTeam, noTeams, repState } from '../../src/sales-core/people/team-state.ts'
import type { EventOutcome } from '../../src/sales-core/processing/decision-store.ts'

/** Turns and loads of teams in memory. A turn that somebody else took since it was read refuses the write. */
export class MemoryTeams {
  readonly #entityOf: (tenantId: string, key: string) => EntityState | undefined
  #states = new Map<string, TeamStates>()

  constructor(entityOf: (tenantId: string, key: string) => EntityState | undefined) {
    this.#entityOf = entityOf
  }

  statesOf(tenantId: string, workspace: string): TeamStates {
    return this.#states.get(`${tenantId}/${workspace}`) ?? noTeams
  }

  read(wanted: readonly TeamRef[]): readonly LoadedTeam[] {
    return wanted.map((ref) => {
      const stored = this.statesOf(ref.tenantId, ref.workspace).get(ref.team) ?? freshTeam
      const reps = ref.members.map((rep) => {
        const key = entityKey(ref.workspace, { kind: 'rep', id: rep })
        const available = this.#entityOf(ref.tenantId, key)?.fields['available'] !== false
        return [rep, { ...repState(stored, rep), available }] as const
      })
      return { ...ref, state: { turn: stored.turn, reps: new Map(reps) } }
    })
  }

  /** All or nothing. Throws NX-DB-RETRY when a team moved on. */
  write(outcomes: readonly EventOutcome[]): void {
    const after = new Map(this.#states)
    for (const outcome of outcomes) {
      if (outcome.state !== 'decided') continue
      const { tenantId, workspace } = outcome.event
      const place = `${tenantId}/${workspace}`
      for (const move of outcome.decision.teams?.moves ?? []) {
        const before = after.get(place) ?? noTeams
        const { turn } = before.get(move.team) ?? freshTeam
        if (move.move === 'picked' && move.turn !== turn + 1)
          throw new NxError('unavailable', 'NX-DB-RETRY', 'A team changed while it was being picked from', {
            retryable: true,
          })
        after.set(place, afterMoves(before, [move]))
      }
    }
    this.#states = after
  }
}
