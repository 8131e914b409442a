import type { Integration } from '../../../adapters/connectors/integration.ts'
import { smsSegments } from '../../../adapters/connectors/messages/sms-segments.ts'
import type { SmsSegments } from '../../../adapters/connectors/messages/sms-segments.ts'
import type { DocumentSet } from '../../../control-plane/documents/document-kind.ts'
import type { Clock } from '../../../kernel/clock.ts'
import { NxError } from '../../../kernel/errors.ts'
import { isJsonObject } from '../../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../../kernel/json.ts'
import { nearestName } from '../../../kernel/nearest-name.ts'
import { templateShape } from '../../../sales-core/kinds/outreach/template-shape.ts'
import { sendSpec } from '../../../sales-core/kinds/schema-parts.ts'
import type { ChannelMessage, MessageTemplate } from '../../../sales-core/templates/message-template.ts'
import type { AdapterPlace } from '../catalog/active-adapter.ts'
import { operationOf, renderCall } from '../testing/render-call.ts'
import type { RenderedCall } from '../testing/render-call.ts'
import { fillTemplate } from './fill-template.ts'
import type { FilledParam } from './fill-template.ts'
import { messageFindings } from './message-findings.ts'
import type { PreviewFinding } from './preview-finding.ts'

export interface PreviewAsk {
  readonly operation: string
  readonly template: string
  /** null: the one that the integration and the Template have. */
  readonly channel: string | null
  readonly entity: { readonly kind: string; readonly id: string }
  /** What is known of the entity; null: of nobody real. */
  readonly fields: JsonObject | null
  /** `params`, fields of the entity under its kind, and what the send says beside: `to`, `attachments`. */
  readonly given: JsonObject
}

/** A message as the person would get it, and the request that carries it. */
export interface MessagePreview {
  readonly template: string
  readonly channel: string
  readonly about: string
  /** Texts of our own; null: they could not be filled, or the vendor keeps them. */
  readonly message: {
    readonly subject: string | null
    readonly text: string | null
    readonly html: string | null
  } | null
  readonly sms: SmsSegments | null
  readonly vendorTemplate: {
    readonly name: string
    readonly language: string | null
    readonly by: 'name' | 'place'
  } | null
  /** In the order of the Template; `place` of those that the vendor's template takes. */
  readonly params: readonly (FilledParam & { readonly place: number | null })[]
  readonly findings: readonly PreviewFinding[]
  /** null: there is none, see the findings. */
  readonly request: RenderedCall | null
}

/** Previews a message without sending it. Throws NX-TEMPLATE-NOT-FOUND, NX-ADAPTER-CHANNEL, NX-ADAPTER-INPUT, NX-OPERATION-NOT-FOUND. */
export async function previewMessage(
  integration: Integration,
  set: DocumentSet,
  place: AdapterPlace,
  asked: PreviewAsk,
  clock: Clock,
): Promise<MessagePreview> {
  const template = templateOf(set, asked.template)
  operationOf(integration, asked.operation)
  const channel = channelOf(integration, template, asked)
  const message = template.channels[channel] as ChannelMessage
  const { kind, id } = asked.entity
  const { params, [kind]: own, ...beside } = asked.given
  requireSendMembers(beside, kind)
  const fields: JsonObject = { ...asked.fields, ...givenObject(own, kind), id }
  const filled = fillTemplate(template, set, {
    channel,
    tenantSlug: place.slug,
    now: clock.now(),
    kind,
    fields,
    params: givenObject(params, 'params'),
    beside,
  })
  const findings = [...filled.findings]
  const { input } = filled
  let request: RenderedCall | null = null
  if (input !== null) {
    const { definition } = integration.connector
    findings.push(...messageFindings(channel, message, input, filled.params, { [kind]: fields }, definition))
    const whole = addressed(input, channel, fields, integration, asked.operation, findings)
    request = await requestOf(
      integration,
      place,
      { operation: asked.operation, input: whole, entity: asked.entity },
      clock,
      findings,
    )
  }
  const said = (member: string): string | null => {
    const value = input?.[member]
    return value === undefined || value === null
      ? null
      : typeof value === 'string'
        ? value
        : JSON.stringify(value)
  }
  const text = said('text')
  const isOwn = message.name === undefined
  const isSms = integration.connector.definition.messages?.[channel]?.segments === true
  return {
    template: template.name,
    channel,
    about: `${kind}/${id}`,
    message: input === null || !isOwn ? null : { subject: said('subject'), text, html: said('html') },
    sms: isSms && isOwn && text !== null ? smsSegments(text) : null,
    vendorTemplate: isOwn
      ? null
      : { name: message.name ?? '', language: message.language ?? null, by: message.by ?? 'name' },
    params: filled.params.map((param) => {
      const index = message.params?.indexOf(param.name) ?? -1
      return { ...param, place: index < 0 ? null : index + 1 }
    }),
    findings,
    request,
  }
}

function givenObject(value: JsonValue | undefined, member: string): JsonObject {
  if (value === undefined || isJsonObject(value)) return value ?? {}
  throw new NxError('invalid', 'NX-ADAPTER-INPUT', `What --with says of ${member} is no object`, {
    fix: `Write ${member}: { NAME: VALUE }.`,
  })
}

/** What no send may say would be shown here and sent never. */
function requireSendMembers(beside: JsonObject, kind: string): void {
  const known = Object.keys(sendSpec.shape)
  const unknown = Object.keys(beside).find((name) => !known.includes(name))
  if (unknown === undefined) return
  const near = nearestName(unknown, [...known, kind])
  throw new NxError('invalid', 'NX-ADAPTER-INPUT', `A send has no '${unknown}'`, {
    fix:
      near === null
        ? `Give params, fields under ${kind}, to, from_number, contact_id or attachments.`
        : `Did you mean '${near}'?`,
  })
}

function templateOf(set: DocumentSet, name: string): MessageTemplate {
  const all = set.ofKind(templateShape).map(({ spec }) => spec)
  const found = all.find((spec) => spec.name === name)
  if (found !== undefined) return found
  const near = nearestName(
    name,
    all.map((spec) => spec.name),
  )
  throw new NxError('not_found', 'NX-TEMPLATE-NOT-FOUND', `The configuration has no Template '${name}'`, {
    fix:
      near !== null
        ? `Did you mean '${near}'?`
        : `There is ${all.map((spec) => spec.name).join(', ') || 'none'}.`,
  })
}

/** The channel that the operation serves and the Template has a message for. */
function channelOf(
  integration: Integration,
  template: MessageTemplate,
  { operation, channel }: PreviewAsk,
): string {
  const served = Object.entries(integration.channels).flatMap(([name, by]) =>
    by === operation ? [name] : [],
  )
  const both = served.filter((name) => Object.hasOwn(template.channels, name))
  const [only] = both
  if (channel === null && only !== undefined && both.length === 1) return only
  if (channel !== null && both.includes(channel)) return channel
  const has = `The Template has ${Object.keys(template.channels).join(', ')}`
  const serves = `${operation} of ${integration.name} serves ${served.join(', ') || 'no channel'}`
  const problem =
    channel === null && both.length > 1 ? 'Several channels could carry it' : 'No channel can carry it'
  throw new NxError('usage', 'NX-ADAPTER-CHANNEL', problem, {
    detail: `${has}; ${serves}.`,
    fix:
      both.length > 0
        ? `Add --channel ${both.join(' or --channel ')}.`
        : 'Name another integration or operation, or add the channel to the Template.',
  })
}

/** Where it goes: as given, else the entity's own address, else one that is nobody's. */
function addressed(
  input: JsonObject,
  channel: string,
  fields: JsonObject,
  integration: Integration,
  operation: string,
  findings: PreviewFinding[],
): JsonObject {
  const takes = integration.connector.operations.get(operation)
  const member = channel === 'email' ? 'email' : 'phone'
  if (input['to'] !== undefined || takes?.definition.requires?.includes('input.to') !== true) return input
  const own = fields[member]
  if (typeof own === 'string' && own.trim() !== '') return { ...input, to: own }
  findings.push({
    severity: 'warning',
    code: 'NX-PREVIEW-TO',
    message: 'Nobody says where it goes: the request shows an address that is nobody’s',
    path: 'to',
    fix: `Give to: in --with; a send says it as to: "{{ lead.${member} }}".`,
  })
  return { ...input, to: channel === 'email' ? 'nobody@example.com' : '+15005550006' }
}

async function requestOf(
  integration: Integration,
  place: AdapterPlace,
  asked: Parameters<typeof renderCall>[2],
  clock: Clock,
  findings: PreviewFinding[],
): Promise<RenderedCall | null> {
  try {
    return await renderCall(integration, place, asked, clock)
  } catch (error) {
    if (!(error instanceof NxError) || error.kind !== 'invalid') throw error
    const message = error.detail ?? error.message
    findings.push({ severity: 'error', code: error.code, message, path: 'request', fix: error.fix ?? null })
    return null
  }
}
