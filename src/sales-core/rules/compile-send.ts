import type { DocumentPath } from '../../control-plane/documents/document.ts'
import type { JsonObject } from '../../kernel/json.ts'
import { nearestName } from '../../kernel/nearest-name.ts'
import type { ProblemLog } from '../compile/problem-log.ts'
import type { VariableTypes } from '../conditions/condition-compiler.ts'
import type { SendSpec } from '../kinds/rule-set-spec.ts'
import type { ChannelMessage, MessageTemplate } from '../templates/message-template.ts'
import { vendorParams } from '../templates/message-template.ts'
import type { ValueTemplate } from '../templates/compile-value.ts'
import { asObject } from '../templates/compile-value.ts'
import { scalar, structOf } from '../types/field-type.ts'

/** Messages that a send may name. */
export type MessageTemplates = ReadonlyMap<string, MessageTemplate>

/** A message has its words in one place. */
const ownWords = ['text', 'subject', 'html', 'template_id'] as const

/**
 * The input of a send. One that names a Template has that channel's message in the place of its words: texts with `params` filled in,
 * or the vendor's template as `template_id`, `language` and `params` (only members that it declares). What else the send says
 * (`to`, `attachments`) stays.
 */
export function compileSend(
  send: SendSpec,
  variables: VariableTypes,
  templates: MessageTemplates,
  log: ProblemLog,
  path: DocumentPath,
): ValueTemplate {
  const { template: name, params, ...rest } = send
  const own = log.value(rest as unknown as JsonObject, variables, path, 'message')
  if (name === undefined) {
    if (params !== undefined)
      log.add({
        code: 'NX-SEND-TEMPLATE',
        message: 'Parameters belong to a Template, and none is named',
        fix: 'Add template: NAME, or remove params.',
        path: [...path, 'params'],
      })
    return own
  }
  const template = templates.get(name)
  // That there is none is told as a broken reference.
  if (template === undefined) return broken(own, `There is no Template '${name}'`)
  const message = template.channels[send.channel]
  tellProblems(send, template, log, path)
  if (message === undefined) return broken(own, `Template ${name} has no message for ${send.channel}`)
  const filled = log.value((params ?? {}) as JsonObject, variables, [...path, 'params'])
  return message.name === undefined
    ? ownMessage(own, filled, message, template, variables, log, path)
    : vendorMessage(own, filled, message)
}

function tellProblems(
  { channel, params = {}, ...send }: SendSpec,
  { name, params: declared, channels }: MessageTemplate,
  log: ProblemLog,
  path: DocumentPath,
): void {
  const code = 'NX-SEND-TEMPLATE'
  for (const word of ownWords.filter((member) => send[member] !== undefined)) {
    const message = `The words come from Template ${name}`
    log.add({ code, message, fix: `Remove ${word}, or the template.`, path: [...path, word], key: true })
  }
  if (channels[channel] === undefined) {
    const message = `Template ${name} has no message for ${channel}`
    const fix = `Add channels.${channel} to it; it has ${Object.keys(channels).join(', ')}.`
    log.add({ code, message, fix, path: [...path, 'template'] })
  }
  const known = new Set([...declared, ...(channels[channel]?.params ?? [])])
  for (const param of Object.keys(params).filter((one) => !known.has(one))) {
    const near = nearestName(param, known)
    const message = `Template ${name} has no parameter '${param}'`
    const fix = near === null ? 'Add it to its params, or remove it.' : `Did you mean '${near}'?`
    log.add({ code: 'NX-TEMPLATE-PARAM', message, fix, path: [...path, 'params', param], key: true })
  }
  const missing = [...known].filter((one) => !Object.hasOwn(params, one))
  if (missing.length === 0 || channels[channel] === undefined) return
  log.add({
    code: 'NX-TEMPLATE-PARAM',
    message: `Template ${name} asks for ${missing.join(', ')}`,
    fix: `Give params: { ${missing.map((one) => `${one}: …`).join(', ')} }; '' where there is nothing to say.`,
    path: [...path, Object.keys(params).length === 0 ? 'template' : 'params'],
  })
}

/** Rendered in two steps: the parameters where the send stands, the texts with them. */
function ownMessage(
  own: ValueTemplate,
  filled: ValueTemplate,
  { text, subject, html }: ChannelMessage,
  { params }: MessageTemplate,
  variables: VariableTypes,
  log: ProblemLog,
  path: DocumentPath,
): ValueTemplate {
  const words: JsonObject = Object.fromEntries(
    Object.entries({ text, subject, html }).filter(([, word]) => word !== undefined),
  )
  const types = new Map(variables)
  types.set('params', structOf(Object.fromEntries(params.map((name) => [name, scalar('string', true)]))))
  const body = log.value(words, types, [...path, 'template'], 'message')
  const roots = new Set([
    ...own.roots,
    ...filled.roots,
    ...[...body.roots].filter((root) => root !== 'params'),
  ])
  return {
    roots,
    yields: null,
    constant: false,
    render: (values) => {
      const given = filled.render(values)
      if (given.state === 'error') return given
      const message = body.render({ ...values, params: asObject(given.value) })
      if (message.state === 'error') return message
      const said = own.render(values)
      if (said.state === 'error') return said
      return { state: 'value', value: { ...asObject(said.value), ...asObject(message.value) } }
    },
  }
}

function vendorMessage(own: ValueTemplate, filled: ValueTemplate, message: ChannelMessage): ValueTemplate {
  const { name = '', language, params = [] } = message
  return {
    roots: new Set([...own.roots, ...filled.roots]),
    yields: null,
    constant: false,
    render: (values) => {
      const given = filled.render(values)
      if (given.state === 'error') return given
      const said = own.render(values)
      if (said.state === 'error') return said
      const named: JsonObject = {
        template_id: name,
        ...(language === undefined ? {} : { language }),
        // One without a value is handed on as null: what is left out would move those behind it to its place.
        ...(params.length === 0 ? {} : { params: vendorParams(message, asObject(given.value)) }),
      }
      return { state: 'value', value: { ...asObject(said.value), ...named } }
    },
  }
}

/** Fails when it is rendered, as every part does that does not compile. */
function broken(own: ValueTemplate, message: string): ValueTemplate {
  return { ...own, constant: false, render: () => ({ state: 'error', code: 'NX-SEND-TEMPLATE', message }) }
}
