import type { DocumentSet } from '../../../control-plane/documents/document-kind.ts'
import type { TypeCatalog } from '../../compile/type-catalog.ts'
import { teamShape } from '../../kinds/people/team-shape.ts'
import type { BusinessClock } from '../../time/business-clock.ts'
import type { Calendars } from '../../time/calendars.ts'
import type { TeamDirectory } from '../assign-desk.ts'
import { compileTeam } from './compile-team.ts'

/** Compiles the Team documents that one (tenant, workspace) sees. */
export function compileTeams(
  documents: DocumentSet,
  types: TypeCatalog,
  calendars: Pick<Calendars, 'calendar'>,
): TeamDirectory {
  const compiled = documents.ofKind(teamShape).map(({ spec }) => compileTeam(spec, types, calendars).team)
  const teams = new Map(compiled.map((team) => [team.name, team]))
  const managers = new Map<string, string>()
  const hours = new Map<string, BusinessClock>()
  for (const { members, manager } of compiled.toSorted((a, b) => (a.name < b.name ? -1 : 1)))
    for (const { rep, hours: own } of members) {
      if (manager !== null && !managers.has(rep)) managers.set(rep, manager)
      if (own?.clock != null && !hours.has(rep)) hours.set(rep, own.clock)
    }
  return {
    teamNames: [...teams.keys()],
    team: (name) => teams.get(name) ?? null,
    managerOf: (team, rep) =>
      (team === null ? undefined : teams.get(team)?.manager) ??
      (rep === null ? undefined : managers.get(rep)) ??
      null,
    hoursOf: (rep) => hours.get(rep) ?? null,
  }
}
