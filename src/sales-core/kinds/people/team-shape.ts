import { z } from 'zod'
import { documentHead, documentName } from '../../../control-plane/documents/document-kind.ts'
import type { DocumentKind } from '../../../control-plane/documents/document-kind.ts'
import { repName, skillName } from '../../people/people-shape.ts'
import { entityKindName } from '../schema-parts.ts'

const member = z.strictObject({
  rep: repName.describe('Who: as the owner field of an entity names the person.'),
  capacity: z
    .int()
    .min(0)
    .max(100_000)
    .optional()
    .describe('Open assignments of this team that the person has at most; 0 takes none. Default: no limit.'),
  skills: z
    .array(skillName)
    .max(50)
    .default([])
    .describe('What an assignment may ask for: languages, products, regions.'),
  hours: documentName.optional().describe('The Calendar that says when the person works. Default: always.'),
})

const schema = z.strictObject({
  ...documentHead('Team', documentName),
  members: z.array(member).min(1).max(1_000).describe('Who is in the team, in the order of round robin.'),
  manager: repName
    .optional()
    .describe('Who answers for the team: what `to: manager` of a task means. Default: nobody.'),
  closed_when: z
    .record(entityKindName, z.string().min(1))
    .optional()
    .describe(
      'By kind of entity, the condition under which it does not count as an open assignment any more: { lead: lead.stage == "won" }. Default: never.',
    ),
})

export type TeamSpec = z.infer<typeof schema>

/** The shape of a Team, without its checks. */
export const teamShape: DocumentKind<TeamSpec> = {
  kind: 'Team',
  summary: 'who is in a team, how much each takes, and when they work',
  schema,
  merge: [{ path: 'members', policy: { by: 'rep' } }],
}
