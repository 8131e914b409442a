import { z } from 'zod'
import { documentName } from '../../control-plane/documents/document-kind.ts'
import { durationText } from '../kinds/schema-parts.ts'
import { rungsMax } from './task-state.ts'

/** A member of a team, as the owner field of an entity names the person. */
export const repName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._@+-]{0,126}$/, {
  error: 'must name a person: letters, digits and . _ @ + - (1 to 127)',
})

export const skillName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, { error: 'must be a lower-case word, like ar or vip' })

const pickParts = {
  by: z
    .enum(['round_robin', 'least_busy'])
    .optional()
    .describe(
      'round_robin: who waited longest. least_busy: who has the fewest open assignments. Default: round_robin.',
    ),
  only: z
    .literal('available')
    .optional()
    .describe('available: only who works now and has not signed off. Default: everybody.'),
  skills: z
    .array(skillName)
    .min(1)
    .max(20)
    .optional()
    .describe('What the member must have, all of it. Default: nothing.'),
}

/** `assign:` of a rule or a step. */
export const assignSpec = z
  .strictObject({
    team: documentName.optional().describe('The Team to pick from.'),
    ...pickParts,
    keep_owner: z
      .boolean()
      .optional()
      .describe('An owner who is in the team stays, busy or not. Default: false.'),
    writes: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$/, {
        error: 'must name a field of the entity, such as owner',
      })
      .optional()
      .describe('The field that names who has it. Default: owner.'),
    release: z
      .literal(true)
      .optional()
      .describe('Instead of picking: what the field stands for does not count any more; the field stays.'),
  })
  .superRefine((value, context) => {
    const issue = (path: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [path], message })
    if (value.release === undefined) {
      if (value.team === undefined) issue('team', 'is missing: assign picks a member of a Team')
      return
    }
    for (const key of ['team', 'by', 'only', 'skills', 'keep_owner'] as const)
      if (value[key] !== undefined) issue(key, 'belongs to picking somebody; release picks nobody')
  })

export type AssignSpec = z.infer<typeof assignSpec>

const whom = z
  .union(
    [
      z.string().min(1).max(500),
      z.strictObject({ team: documentName.describe('The Team to pick from.'), ...pickParts }),
    ],
    {
      error: 'must be a person, a field of the entity such as owner, manager, or { team: closers }',
    },
  )
  .describe(
    'Whom it is for: a member, a field of the entity such as owner, manager (of the team of who has it), or { team: closers }.',
  )

const rung = z
  .strictObject({
    after: durationText.describe('From the rung before, the first one from when the task is due.'),
    to: whom.optional(),
    reassign: documentName.optional().describe('A Team: somebody else of it gets the task.'),
  })
  .superRefine((value, context) => {
    if ((value.to === undefined) === (value.reassign === undefined))
      context.addIssue({ code: 'custom', message: 'must have exactly one of to and reassign' })
  })

/** `task:` of a rule or a step. */
export const taskSpec = z
  .strictObject({
    title: z.string().min(1).max(2_000).describe('What is to be done, as a text with {{ }}.'),
    text: z.string().min(1).max(8_000).optional().describe('More about it.'),
    to: whom,
    due: durationText.optional().describe('From now. Default: whenever.'),
    clock: z
      .enum(['wall', 'business'])
      .optional()
      .describe('The clock of due and escalate. business: working hours only. Default: wall.'),
    calendar: documentName
      .optional()
      .describe(
        'The Calendar of the business clock. Default: the hours of whom it is for, else the only Calendar.',
      ),
    escalate: z.array(rung).min(1).max(rungsMax).optional().describe('Who gets it next while it stays open.'),
  })
  .superRefine((value, context) => {
    const issue = (path: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [path], message })
    if (value.calendar !== undefined && value.clock !== 'business')
      issue('calendar', 'belongs to clock: business')
    if (value.clock !== undefined && value.due === undefined && value.escalate === undefined)
      issue('clock', 'belongs to due and escalate')
  })

export type TaskSpec = z.infer<typeof taskSpec>
export type WhomSpec = TaskSpec['to']
