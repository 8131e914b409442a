/** What is known of a member of a team. */
export interface RepState {
  /** Assignments of this team that count. */
  readonly open: number
  /** The team's turn at which the member was picked last; 0: never. */
  readonly lastTurn: number
  /** False: the member has signed off (`rep.availability`). */
  readonly available: boolean
}

/** What is known of a team of one workspace. Members that are left out have never been picked. */
export interface TeamState {
  /** Picks so far. */
  readonly turn: number
  readonly reps: ReadonlyMap<string, RepState>
}

/** By the team's name. A team that is left out has never been picked from. */
export type TeamStates = ReadonlyMap<string, TeamState>

/** One change of a member's load, to be written with the decision. Applying an event's moves in order gives the state after it. */
export type TeamMove =
  /** One more open assignment, at this turn of the team: the turn after the one before. */
  | { readonly move: 'picked'; readonly team: string; readonly rep: string; readonly turn: number }
  /** One less. */
  | { readonly move: 'closed'; readonly team: string; readonly rep: string }

/** A team that a decision looked at: it is only right when the team's state was there. */
export interface TeamUse {
  readonly team: string
  readonly members: readonly string[]
}

/** What a decision does to teams. */
export interface TeamEffects {
  readonly used: readonly TeamUse[]
  readonly moves: readonly TeamMove[]
}

export const freshRep: RepState = Object.freeze({ open: 0, lastTurn: 0, available: true })
export const freshTeam: TeamState = Object.freeze({ turn: 0, reps: new Map() })
export const noTeams: TeamStates = new Map()

/** The state of a member. */
export function repState(state: TeamState, rep: string): RepState {
  return state.reps.get(rep) ?? freshRep
}

/** The states after some moves; the same object when there are none. An open count never goes below 0. */
export function afterMoves(states: TeamStates, moves: readonly TeamMove[]): TeamStates {
  if (moves.length === 0) return states
  const after = new Map(states)
  for (const move of moves) {
    const before = after.get(move.team) ?? freshTeam
    const own = repState(before, move.rep)
    const changed =
      move.move === 'picked'
        ? { ...own, open: own.open + 1, lastTurn: move.turn }
        : { ...own, open: Math.max(0, own.open - 1) }
    const turn = move.move === 'picked' ? move.turn : before.turn
    after.set(move.team, { turn, reps: new Map([...before.reps, [move.rep, changed]]) })
  }
  return after
}
