import { z } from 'zod'
import { documentHead, documentName } from '../../../control-plane/documents/document-kind.ts'
import type { DocumentKind, Problem } from '../../../control-plane/documents/document-kind.ts'

const member = z.strictObject({
  rep: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._@+-]{0,126}$/, {
      error: 'must name a person: letters, digits and . _ @ + - (1 to 127)',
    })
    .describe('Who: as the owner field of an entity names the person.'),
  capacity: z
    .int()
    .min(0)
    .max(100_000)
    .optional()
    .describe('Open entities that the person takes at most; 0 takes none. Default: no limit.'),
  skills: z
    .array(
      z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, { error: 'must be a lower-case word, like ar or vip' }),
    )
    .max(50)
    .default([])
    .describe('What an assignment may ask for: languages, products, regions.'),
  hours: documentName.optional().describe('The Calendar that says when the person works. Default: always.'),
})

const schema = z.strictObject({
  ...documentHead('Team', documentName),
  members: z.array(member).min(1).max(1_000).describe('Who is in the team, in the order of round robin.'),
})

export type TeamSpec = z.infer<typeof schema>

/** Declares a team: who is in it, how much each takes, and when they work. */
export const teamKind: DocumentKind<TeamSpec> = {
  kind: 'Team',
  summary: 'who is in a team, how much each takes, and when they work',
  schema,
  merge: [{ path: 'members', policy: { by: 'rep' } }],
  carriedOut: 'not_yet',
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
  check: ({ spec }) => twiceProblems(spec),
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
