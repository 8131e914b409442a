import { z } from 'zod'
import { documentHead, documentName } from '../../../control-plane/documents/document-kind.ts'
import type { DocumentKind, Problem } from '../../../control-plane/documents/document-kind.ts'
import { typeCatalogOf } from '../../compile/document-types.ts'
import { ProblemLog } from '../../compile/problem-log.ts'
import type { TypeCatalog } from '../../compile/type-catalog.ts'
import { variablesFor } from '../../compile/type-catalog.ts'
import { scalar, structOf } from '../../types/field-type.ts'

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
    html: z.string().min(1).optional().describe('The body of an email as HTML.'),
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

/** Declares a message once for all channels it may go through. */
export const templateKind: DocumentKind<TemplateSpec> = {
  kind: 'Template',
  summary: 'a message, as each channel has it',
  schema,
  merge: [{ path: 'channels.*', policy: 'replace' }],
  carriedOut: 'not_yet',
  provides: ({ spec }) => [{ space: 'template', name: spec.name }],
  check: ({ spec }, set) => textProblems(spec, typeCatalogOf(set)),
}

/** Every text checked against all declared entities: which one a template is about is said where it is sent. */
function textProblems({ channels, params }: TemplateSpec, types: TypeCatalog): readonly Problem[] {
  const log = new ProblemLog()
  const variables = new Map([
    ...variablesFor(types, { entities: [...types.entities.keys()] }),
    ['params', structOf(Object.fromEntries(params.map((name) => [name, scalar('string', true)])))] as const,
  ])
  for (const [name, message] of Object.entries(channels)) {
    for (const part of ['text', 'subject', 'html'] as const) {
      const source = message[part]
      if (source !== undefined) log.text(source, variables, ['channels', name, part])
    }
    for (const [index, param] of (message.params ?? []).entries()) {
      if (params.length > 0 && !params.includes(param)) {
        log.add({
          code: 'NX-TEMPLATE-PARAM',
          message: `The template has no parameter '${param}'`,
          fix: `Add it to params, or use one of ${params.join(', ')}.`,
          path: ['channels', name, 'params', index],
        })
      }
    }
  }
  return log.problems
}
