import { Cron } from 'croner'
import { z } from 'zod'
import { documentHead, documentName } from '../../../control-plane/documents/document-kind.ts'
import type { DocumentKind } from '../../../control-plane/documents/document-kind.ts'
import { formatDuration, parseDuration } from '../../../kernel/duration.ts'
import { errorText } from '../../../kernel/errors.ts'
import { timeZoneName } from '../../types/time-zone.ts'
import { durationText, entityKindName, eventTypeName, jsonRecord } from '../schema-parts.ts'

/** How often a schedule may run, milliseconds: each run looks at every entity it is for. */
export const scheduleEveryMs = { min: 60_000, max: 366 * 86_400_000 } as const

const every = durationText.refine(
  (text) => {
    try {
      const ms = parseDuration(text)
      return ms >= scheduleEveryMs.min && ms <= scheduleEveryMs.max
    } catch {
      // Said by the text's own check.
      return true
    }
  },
  { error: `must be from ${formatDuration(scheduleEveryMs.min)} to ${formatDuration(scheduleEveryMs.max)}` },
)

const cron = z.string().superRefine((pattern, context) => {
  const message = cronProblem(pattern)
  if (message !== null) context.addIssue({ code: 'custom', message })
})

const schema = z
  .strictObject({
    ...documentHead('Schedule', documentName),
    every: every.optional().describe('How often, such as 1h; or cron.'),
    cron: cron.optional().describe('When: minute, hour, day, month, weekday, such as "0 7 * * 1-5".'),
    tz: timeZoneName.optional().describe('The time zone of cron, such as Europe/Berlin. Default UTC.'),
    for_each: z
      .union(
        [
          z.literal('tenant'),
          z.strictObject({
            entity: entityKindName.describe('Which entities get the event, such as deal.'),
            where: z.string().optional().describe('Only those for which this condition holds.'),
          }),
        ],
        { error: 'must be tenant, or { entity: KIND, where: CONDITION }' },
      )
      .default('tenant')
      .describe('What gets an event: the tenant once, or each entity of a kind.'),
    emit: z
      .strictObject({
        type: eventTypeName.describe('The event.'),
        data: jsonRecord.default({}).describe('What it carries.'),
      })
      .describe('The event that is made.'),
    missed: z
      .enum(['latest', 'all', 'skip'])
      .default('latest')
      .describe('What becomes of runs that were missed while nothing ran.'),
  })
  .superRefine((value, context) => {
    if ((value.every === undefined) === (value.cron === undefined))
      context.addIssue({ code: 'custom', message: 'must have one of every and cron' })
    if (value.tz !== undefined && value.cron === undefined)
      context.addIssue({ code: 'custom', path: ['tz'], message: 'belongs to cron' })
  })

export type ScheduleSpec = z.infer<typeof schema>

/** The shape of a Schedule, without its checks. */
export const scheduleShape: DocumentKind<ScheduleSpec> = {
  kind: 'Schedule',
  summary: 'events that come with the clock, for the tenant or for each entity of a kind',
  schema,
  merge: [{ path: 'for_each', policy: 'replace' }],
}

/** A leap day is at most eight years away from any other day. */
const horizonYears = 9

/** What is wrong with a cron expression; null when nothing is. */
function cronProblem(pattern: string): string | null {
  if (pattern.length > 200 || pattern.trim().split(/\s+/).length !== 5)
    return 'must have five parts: minute, hour, day, month, weekday, such as "0 7 * * 1-5"'
  try {
    const from = new Date('2026-01-01T00:00:00Z')
    const next = new Cron(pattern, { paused: true, timezone: 'UTC' }).nextRun(from)
    if (next !== null && next.getUTCFullYear() - from.getUTCFullYear() <= horizonYears) return null
    return 'never comes: there is no such day'
  } catch (error) {
    return `is not a cron expression: ${errorText(error).replace(/^CronPattern: /, '')}`
  }
}
