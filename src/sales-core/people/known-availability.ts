import type { JsonObject } from '../../kernel/json.ts'
import type { TeamDirectory } from './assign-desk.ts'
import type { TeamState, TeamStates } from './team-state.ts'
import { freshTeam, repState } from './team-state.ts'

/** The states of all teams with what the members' entities say of them. `repFields`: of `rep/<name>`; undefined: nothing is known. */
export function withAvailability(
  states: TeamStates,
  teams: TeamDirectory,
  repFields: (rep: string) => JsonObject | undefined,
): TeamStates {
  if (teams.teamNames.length === 0) return states
  return new Map(
    teams.teamNames.map((name): [string, TeamState] => {
      const state = states.get(name) ?? freshTeam
      const reps = (teams.team(name)?.members ?? []).map(({ rep }) => {
        const available = repFields(rep)?.['available'] !== false
        return [rep, { ...repState(state, rep), available }] as const
      })
      return [name, { turn: state.turn, reps: new Map([...state.reps, ...reps]) }]
    }),
  )
}
