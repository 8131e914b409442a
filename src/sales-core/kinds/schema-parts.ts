import { z } from 'zod'
import { parseDuration } from '../../kernel/duration.ts'
import { errorText } from '../../kernel/errors.ts'
import { documentName } from '../../control-plane/documents/document-kind.ts'
import { eventTypePattern } from '../../messaging/events/event.ts'

/** `lead.created`: lower-case words joined by dots. */
export const eventTypeName = z.string().regex(eventTypePattern, {
  error: 'must be lower-case words joined by dots, such as lead.created',
})

/** `90s`, `15m`, `2h`, `3d`. */
export const durationText = z.string().superRefine((text, context) => {
  try {
    parseDuration(text)
  } catch (error) {
    context.addIssue({ code: 'custom', message: `${errorText(error)}; write 90s, 15m, 2h, 3d or 1h30m` })
  }
})

/** `lead.temperature`: an entity kind and a field of it. */
export const entityField = z.string().regex(/^[a-z][a-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)+$/, {
  error: 'must name a field of an entity, such as lead.score',
})

/** An entity kind: it is a variable in conditions, so no dashes. */
export const entityKindName = z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, {
  error: 'must be lower-case letters, digits and underscores, starting with a letter',
})

export const jsonRecord = z.record(z.string(), z.json())

/** `integration.operation`; operations may have dots of their own. */
export const operationName = z.string().regex(/^[a-z0-9][a-z0-9-]*(\.[a-z0-9][a-z0-9_-]*)+$/, {
  error: 'must name an operation of an integration, such as crm.contact.upsert',
})

/** What both rules and workflow steps may ask of the outside. */
export const sendSpec = z.strictObject({
  channel: z.string().min(1),
  to: z.string().optional(),
  text: z.string().optional(),
  subject: z.string().optional(),
  html: z.string().optional(),
  contact_id: z.string().optional(),
  from_number: z.string().optional(),
  template_id: z.string().optional(),
  attachments: z.json().optional(),
  template: documentName.optional(),
  params: jsonRecord.optional(),
})

export const prioritySpec = z.enum(['high', 'normal', 'low'])

/** Splits `crm.contact.upsert` into the integration and its operation. */
export function splitOperation(name: string): { integration: string; operation: string } {
  const dot = name.indexOf('.')
  return { integration: name.slice(0, dot), operation: name.slice(dot + 1) }
}

/** Adds an issue unless exactly one of the verbs is there. */
export function requireOneVerb(
  value: Readonly<Record<string, unknown>>,
  verbs: readonly string[],
  context: z.RefinementCtx,
): void {
  const present = verbs.filter((verb) => value[verb] !== undefined)
  if (present.length === 1) return
  const found = present.length === 0 ? 'has none' : `has ${present.join(' and ')}`
  context.addIssue({ code: 'custom', message: `must do exactly one of ${verbs.join(', ')}; it ${found}` })
}
