import type { DocumentPath } from '../../../control-plane/documents/document.ts'
import type { Problem } from '../../../control-plane/documents/document-kind.ts'
import { nearestName } from '../../../kernel/nearest-name.ts'
import { ProblemLog } from '../../compile/problem-log.ts'
import type { TypeCatalog } from '../../compile/type-catalog.ts'
import { variablesFor } from '../../compile/type-catalog.ts'
import type { Condition } from '../../conditions/condition-compiler.ts'
import type { TeamSpec } from '../../kinds/people/team-shape.ts'
import type { Calendars } from '../../time/calendars.ts'
import type { CompiledTeam } from '../compiled-people.ts'

/** Compiles a Team, and says what is wrong with its conditions. A Calendar that is not there closes its members, visibly. */
export function compileTeam(
  spec: TeamSpec,
  types: TypeCatalog,
  calendars: Pick<Calendars, 'calendar'>,
): { readonly team: CompiledTeam; readonly problems: readonly Problem[] } {
  const log = new ProblemLog(types)
  const closedWhen = new Map<string, Condition>()
  for (const [kind, source] of Object.entries(spec.closed_when ?? {})) {
    const path: DocumentPath = ['closed_when', kind]
    if (!types.entities.has(kind)) {
      const near = nearestName(kind, types.entities.keys())
      log.add({
        code: 'NX-TEAM-CLOSED-WHEN',
        message: `There is no EntityType '${kind}'`,
        fix:
          near === null ? 'Name a kind of entity that is assigned, such as lead.' : `Did you mean '${near}'?`,
        path,
        key: true,
      })
      continue
    }
    closedWhen.set(kind, log.condition(source, variablesFor(types, { entities: [kind] }), 'bool', path))
  }
  const members = spec.members.map(({ rep, capacity, skills, hours }) => ({
    rep,
    capacity: capacity ?? null,
    skills: new Set(skills),
    hours: hours === undefined ? null : { calendar: hours, clock: calendars.calendar(hours) },
  }))
  return {
    team: { name: spec.name, members, manager: spec.manager ?? null, closedWhen },
    problems: log.problems,
  }
}
