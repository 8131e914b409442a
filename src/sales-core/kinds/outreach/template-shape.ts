import { z } from 'zod'
import { documentHead, documentName } from '../../../control-plane/documents/document-kind.ts'
import type { DocumentKind } from '../../../control-plane/documents/document-kind.ts'

const channelName = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,31}$/, { error: 'must be a lower-case word, like sms' })
const paramName = z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, {
  error: 'must be lower-case letters, digits and underscores, starting with a letter',
})

const channel = z
  .strictObject({
    text: z
      .string()
      .min(1)
      .optional()
      .describe('The text; {{ lead.first_name }} and {{ params.name }} are filled in.'),
    subject: z.string().min(1).optional().describe('The subject of an email.'),
    html: z
      .string()
      .min(1)
      .optional()
      .describe('The body of an email as HTML. What is filled in is escaped.'),
    name: z
      .string()
      .min(1)
      .max(512)
      .optional()
      .describe('The name of a template that the vendor keeps and has approved.'),
    language: z
      .string()
      .regex(/^[a-z]{2,3}(_[A-Z]{2})?$/, { error: 'must be a language such as en or pt_BR' })
      .optional()
      .describe('The language of the vendor’s template.'),
    params: z
      .array(paramName)
      .max(50)
      .optional()
      .describe('What the vendor’s template is filled with, in its order.'),
    by: z
      .enum(['name', 'place'])
      .optional()
      .describe('Does the vendor’s template have names in it ({{name}}, the default) or places ({{1}})?'),
  })
  .superRefine((value, context) => {
    const problem = (path: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [path], message })
    const own = value.text !== undefined || value.html !== undefined
    if (value.name === undefined && !own)
      context.addIssue({
        code: 'custom',
        message: 'must have text, html, or the name of a vendor’s template',
      })
    if (value.name !== undefined && own) problem('name', 'cannot stand beside text or html')
    if (value.subject !== undefined && !own) problem('subject', 'belongs to text and html')
    if (value.name === undefined && value.language !== undefined) problem('language', 'belongs to name')
    if (value.name === undefined && value.params !== undefined) problem('params', 'belongs to name')
    if (value.params === undefined && value.by !== undefined) problem('by', 'belongs to params')
  })

const schema = z.strictObject({
  ...documentHead('Template', documentName),
  params: z
    .array(paramName)
    .max(50)
    .default([])
    .describe('What whoever sends it hands over; texts read it as {{ params.name }}.'),
  channels: z
    .record(channelName, channel)
    .refine((all) => Object.keys(all).length > 0, { error: 'must have at least one channel' })
    .describe('The message as each channel has it.'),
})

export type TemplateSpec = z.infer<typeof schema>

/** The shape of a Template, without its checks. */
export const templateShape: DocumentKind<TemplateSpec> = {
  kind: 'Template',
  summary: 'a message, as each channel has it',
  schema,
  merge: [{ path: 'channels.*', policy: 'replace' }],
}
