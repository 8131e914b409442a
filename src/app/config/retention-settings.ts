import { z } from 'zod'
import { durationMsMax, parseDuration } from '../../kernel/duration.ts'
import { retentionEventsMsDefault, retentionEventsMsMin } from '../../messaging/relay/retention-loop.ts'

/** How long things are kept. */
export interface RetentionSettings {
  /** Events and what came of them: decisions, ended commands, settled dead letters. Milliseconds. */
  readonly eventsMs: number
}

const keptFor = z.string().transform((text, context) => {
  try {
    const ms = parseDuration(text)
    if (ms >= retentionEventsMsMin && ms <= durationMsMax) return ms
  } catch {
    // Said below, for both.
  }
  context.addIssue({ code: 'custom', message: 'must be a duration between 7d and 3650d, such as 400d' })
  return z.NEVER
})

/** The `retention` section of the settings file. */
export const retentionSchema = z.strictObject({ events: keptFor.optional() })

/** The settings of the section, with defaults for all that it leaves out. */
export function retentionSettings(section: z.output<typeof retentionSchema> | undefined): RetentionSettings {
  return { eventsMs: section?.events ?? retentionEventsMsDefault }
}
