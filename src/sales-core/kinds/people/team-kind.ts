import type { DocumentKind, Problem } from '../../../control-plane/documents/document-kind.ts'
import { typeCatalogOf } from '../../compile/document-types.ts'
import { compileTeam } from '../../people/compile/compile-team.ts'
import { compileCalendars } from '../../time/calendars.ts'
import type { TeamSpec } from './team-shape.ts'
import { teamShape } from './team-shape.ts'

/** Declares a team: who is in it, how much each takes, and when they work. */
export const teamKind: DocumentKind<TeamSpec> = {
  ...teamShape,
  provides: ({ spec }) => [{ space: 'team', name: spec.name }],
  requires: ({ spec }) =>
    spec.members.flatMap(({ hours }, index) =>
      hours === undefined
        ? []
        : [
            {
              space: 'calendar',
              name: hours,
              path: ['members', index, 'hours'],
              fix: 'Add a Calendar of that name.',
            },
          ],
    ),
  check: ({ spec }, set) => [
    ...twiceProblems(spec),
    ...compileTeam(spec, typeCatalogOf(set), compileCalendars(set)).problems,
  ],
}

function twiceProblems({ members }: TeamSpec): readonly Problem[] {
  const first = new Map<string, number>()
  return members.flatMap(({ rep }, index): Problem[] => {
    const earlier = first.get(rep)
    if (earlier === undefined) {
      first.set(rep, index)
      return []
    }
    return [
      {
        code: 'NX-TEAM-MEMBER-TWICE',
        message: `'${rep}' is in the team twice (first at index ${earlier})`,
        fix: 'Keep one of the two: a person gets one turn of a round.',
        path: ['members', index, 'rep'],
      },
    ]
  })
}
