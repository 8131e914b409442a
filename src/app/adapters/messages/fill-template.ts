import { ProblemLog } from '../../../sales-core/compile/problem-log.ts'
import { typeCatalogOf } from '../../../sales-core/compile/document-types.ts'
import { variablesFor } from '../../../sales-core/compile/type-catalog.ts'
import type { DocumentSet } from '../../../control-plane/documents/document-kind.ts'
import type { DocumentPath } from '../../../control-plane/documents/document.ts'
import { pathText } from '../../../control-plane/documents/document.ts'
import type { JsonObject, JsonValue } from '../../../kernel/json.ts'
import { compileSend } from '../../../sales-core/rules/compile-send.ts'
import type { MessageTemplate } from '../../../sales-core/templates/message-template.ts'
import { asObject } from '../../../sales-core/templates/compile-value.ts'
import { jsonType, structOf } from '../../../sales-core/types/field-type.ts'
import type { PreviewFinding } from './preview-finding.ts'

/** What a Template is filled with. */
export interface TemplateFilling {
  readonly channel: string
  readonly tenantSlug: string
  readonly now: Date
  /** The kind of the entity that it is about, and what is known of it, `id` included. */
  readonly kind: string
  readonly fields: JsonObject
  /** Given by hand. What the template asks for and is not among them is the entity's field of the same name. */
  readonly params: JsonObject
  /** What the send says beside: `to`, `attachments`. */
  readonly beside: JsonObject
}

export interface FilledParam {
  readonly name: string
  readonly value: JsonValue
  /** `given`, or the field that it is from. */
  readonly from: string
}

export interface FilledTemplate {
  readonly params: readonly FilledParam[]
  /** What the send hands to its operation: text, subject and html, or template_id, language and params; null: see the findings. */
  readonly input: JsonObject | null
  readonly findings: readonly PreviewFinding[]
}

/** Fills a Template as a send of a rule does, with the very same code. What is given is never read as a text with `{{ }}`. Pure. */
export function fillTemplate(
  template: MessageTemplate,
  set: DocumentSet,
  { channel, tenantSlug, now, kind, fields, params: given, beside }: TemplateFilling,
): FilledTemplate {
  const names = new Set([...template.params, ...(template.channels[channel]?.params ?? [])])
  const own = [...names].flatMap((name): FilledParam[] =>
    !Object.hasOwn(given, name) && Object.hasOwn(fields, name)
      ? [{ name, value: fields[name] ?? null, from: `${kind}.${name}` }]
      : [],
  )
  const params: readonly FilledParam[] = [
    ...Object.entries(given).map(([name, value]) => ({ name, value: value ?? null, from: 'given' })),
    ...own,
  ]
  const types = typeCatalogOf(set)
  const variables = new Map(variablesFor(types, { entities: [kind] }))
  variables.set('given', structOf(Object.fromEntries(params.map(({ name }) => [name, jsonType]))))
  const log = new ProblemLog()
  const send = {
    // Their names only: what they say is no text with `{{ }}` here.
    ...Object.fromEntries(Object.keys(beside).map((name) => [name, ''])),
    channel,
    template: template.name,
    params: Object.fromEntries(
      params.map(({ name }) => [name, names.has(name) ? `{{ given.${name} }}` : '']),
    ),
  }
  const compiled = compileSend(send, variables, new Map([[template.name, template]]), log, [])
  const findings = log.problems.map(({ code, message, path, fix, severity }): PreviewFinding => ({
    code,
    message,
    fix: fix ?? null,
    severity: severity ?? 'error',
    path: placeOf(path, channel),
  }))
  if (findings.some(({ severity }) => severity === 'error')) return { params, input: null, findings }
  const flags = Object.fromEntries([...types.flags.fields.keys()].map((name) => [name, false]))
  const values = { now, tenant: tenantSlug, flags, [kind]: fields }
  const rendered = compiled.render({
    ...values,
    given: Object.fromEntries(params.map(({ name, value }) => [name, value])),
  })
  if (rendered.state === 'value')
    return { params, input: { ...asObject(rendered.value), ...beside, channel }, findings }
  const { code, message } = rendered
  const failed: PreviewFinding = {
    severity: 'error',
    code,
    message,
    path: `channels.${channel}`,
    fix: 'A send of it would fail like this, as a dead letter of its rule or step: make the text simpler.',
  }
  return { params, input: null, findings: [...findings, failed] }
}

/** Texts stand in the document; what is missing or not known, in what was given. */
function placeOf(path: DocumentPath, channel: string): string {
  if (path[0] !== 'template') return pathText(path)
  return path.length === 1 ? 'params' : pathText(['channels', channel, ...path.slice(1)])
}
