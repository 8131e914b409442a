import type { Decision } from '../decide/decision.ts'
import type { TeamState, TeamStates, TeamUse } from './team-state.ts'
import { afterMoves, noTeams } from './team-state.ts'

/** A team of a tenant's workspace. */
export interface TeamRef {
  readonly tenantId: string
  readonly workspace: string
  readonly team: string
  /** Whose state is wanted. */
  readonly members: readonly string[]
}

/** What is stored of a team. */
export interface LoadedTeam extends TeamRef {
  readonly state: TeamState
}

/**
 * The teams of one transaction while its events are decided one by one: each is decided on the states that those before left. A
 * team that a decision looked at and that is not in the book makes that decision void: `missing` names it, it is loaded, and all is
 * decided again.
 */
export class TeamBook {
  readonly #states = new Map<string, TeamStates>()
  readonly #missing = new Map<string, TeamRef>()

  constructor(loaded: readonly LoadedTeam[]) {
    for (const [key, teams] of Map.groupBy(loaded, placeOf))
      this.#states.set(key, new Map(teams.map(({ team, state }) => [team, state])))
  }

  /** The teams of a workspace as they are now. */
  statesOf(tenantId: string, workspace: string): TeamStates {
    return this.#states.get(placeOf({ tenantId, workspace })) ?? noTeams
  }

  /** Takes over what a decision does to teams. */
  take(tenantId: string, workspace: string, { teams }: Pick<Decision, 'teams'>): void {
    if (teams === undefined) return
    const key = placeOf({ tenantId, workspace })
    const states = this.statesOf(tenantId, workspace)
    for (const { team, members } of teams.used) {
      if (states.has(team)) continue
      const wanted = this.#missing.get(`${key}/${team}`)?.members ?? []
      this.#missing.set(`${key}/${team}`, {
        tenantId,
        workspace,
        team,
        members: [...new Set([...wanted, ...members])],
      })
    }
    this.#states.set(key, afterMoves(states, teams.moves))
  }

  /** Teams that were looked at and are not here. Empty: every decision stands. */
  get missing(): readonly TeamRef[] {
    return [...this.#missing.values()]
  }
}

function placeOf({ tenantId, workspace }: Pick<TeamRef, 'tenantId' | 'workspace'>): string {
  return `${tenantId}/${workspace}`
}

/** Teams that events of a type were decided with before: they are loaded at once. Bounded; a hint that is missing costs a second look. */
export class TeamHints {
  readonly #known = new Map<string, readonly TeamUse[]>()
  readonly #max: number

  constructor(max = 10_000) {
    this.#max = max
  }

  get isEmpty(): boolean {
    return this.#known.size === 0
  }

  /** `what`: what tells decisions that look at the same teams: the configuration's digest and the type of the event. */
  of(what: string): readonly TeamUse[] {
    return this.#known.get(what) ?? []
  }

  learn(what: string, used: readonly TeamUse[]): void {
    const known = this.of(what)
    const fresh = used.filter(({ team }) => !known.some((one) => one.team === team))
    if (fresh.length === 0) return
    this.#known.delete(what)
    this.#known.set(what, [...known, ...fresh])
    const [oldest] = this.#known.keys()
    if (this.#known.size > this.#max && oldest !== undefined) this.#known.delete(oldest)
  }
}
