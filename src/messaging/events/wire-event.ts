import { NxError } from '../../kernel/errors.ts'
import { isJsonObject } from '../../kernel/json.ts'
import type { JsonObject } from '../../kernel/json.ts'
import { entityKey } from './entity-key.ts'
import type { EntityRef, EventOrigin, LoggedEvent, NxEvent } from './event.ts'

/**
 * The part of an event that is stored as it goes on the wire, so that publishing splices text instead of parsing it.
 * Attribute names are CloudEvents extension names.
 */
export interface WireHeaders {
  readonly time: string
  readonly correlationid: string
  readonly causationid?: string
  readonly rootid: string
  readonly depth: number
  readonly only?: string
}

/** What stands in columns of its own. `headersText` is WireHeaders as JSON text. */
export interface WireParts {
  readonly id: string
  readonly tenantId: string
  readonly tenantSlug: string
  /** `<workspace>/<kind>/<id>` */
  readonly entityKey: string
  readonly type: string
  readonly source: string
  readonly externalId: string
  readonly origin: EventOrigin
  readonly shard: number
  readonly entitySeq: number
  /** RFC 3339, UTC. */
  readonly acceptedAt: string
  readonly headersText: string
}

/** The headers of an event, as the log stores them. */
export function wireHeaders(event: NxEvent): WireHeaders {
  return {
    time: event.time,
    correlationid: event.correlationId,
    ...(event.causationId === null ? {} : { causationid: event.causationId }),
    rootid: event.rootId,
    depth: event.depth,
    ...(event.only === undefined ? {} : { only: event.only }),
  }
}

/**
 * The CloudEvent (structured mode JSON) as it goes on the bus. `dataText` is the JSON text of the data and is copied as it
 * stands; nothing of it is parsed.
 */
export function encodeWireEvent(parts: WireParts, dataText: string): string {
  const slash = parts.entityKey.indexOf('/')
  return (
    `{"specversion":"1.0","id":"${parts.id}","source":${JSON.stringify(parts.source)},"type":${JSON.stringify(parts.type)}` +
    `,"subject":${JSON.stringify(parts.entityKey.slice(slash + 1))},"datacontenttype":"application/json"` +
    `,"tenant":"${parts.tenantSlug}","workspace":${JSON.stringify(parts.entityKey.slice(0, slash))}` +
    `,"origin":"${parts.origin}","tenantid":"${parts.tenantId}","entityseq":${parts.entitySeq},"shard":${parts.shard}` +
    `,"acceptedat":"${parts.acceptedAt}","externalid":${JSON.stringify(parts.externalId)},` +
    `${parts.headersText.trimStart().slice(1, -1)},"data":${dataText}}`
  )
}

/** `encodeWireEvent` for an event that is at hand as an object: fakes and tests. */
export function wireEventOf(event: LoggedEvent, tenantSlug: string): string {
  return encodeWireEvent(
    {
      ...event,
      tenantSlug,
      entityKey: entityKey(event.workspace, event.subject),
      headersText: JSON.stringify(wireHeaders(event)),
    },
    JSON.stringify(event.data),
  )
}

/** Reads what encodeWireEvent wrote. Throws NX-EVENT-WIRE (invalid) for anything else; never with the content in it. */
export function decodeWireEvent(text: string): LoggedEvent {
  return eventOfBody(parse(text))
}

/**
 * Reads a message: one event, or several as a JSON array. One that cannot be read does not take its neighbours with it: it is a
 * failure (NX-EVENT-WIRE).
 */
export function decodeWireEvents(text: string): {
  readonly events: readonly LoggedEvent[]
  readonly failures: readonly unknown[]
} {
  const events: LoggedEvent[] = []
  const failures: unknown[] = []
  const attempt = (body: () => JsonObject): void => {
    try {
      events.push(eventOfBody(body()))
    } catch (error) {
      failures.push(error)
    }
  }
  if (text.startsWith('[')) for (const body of bodiesOf(text)) attempt(() => asObject(body))
  else attempt(() => parse(text))
  return { events, failures }
}

function bodiesOf(text: string): readonly unknown[] {
  try {
    const bodies: unknown = JSON.parse(text)
    if (Array.isArray(bodies) && bodies.length > 0) return bodies
  } catch {
    // As one that is not an object.
  }
  return [null]
}

function eventOfBody(body: JsonObject): LoggedEvent {
  const causationId = body['causationid']
  const only = body['only']
  return {
    id: textOf(body, 'id'),
    tenantId: textOf(body, 'tenantid'),
    workspace: textOf(body, 'workspace'),
    type: textOf(body, 'type'),
    subject: subjectOf(textOf(body, 'subject')),
    source: textOf(body, 'source'),
    externalId: textOf(body, 'externalid'),
    time: textOf(body, 'time'),
    data: dataOf(body),
    origin: originOf(textOf(body, 'origin')),
    correlationId: textOf(body, 'correlationid'),
    causationId: typeof causationId === 'string' ? causationId : null,
    rootId: textOf(body, 'rootid'),
    depth: numberOf(body, 'depth'),
    ...(typeof only === 'string' ? { only } : {}),
    shard: numberOf(body, 'shard'),
    entitySeq: numberOf(body, 'entityseq'),
    acceptedAt: textOf(body, 'acceptedat'),
  }
}

const origins: ReadonlySet<string> = new Set<EventOrigin>([
  'external',
  'emitted',
  'result',
  'timer',
  'replay',
])

function parse(text: string): JsonObject {
  let body: unknown = null
  try {
    body = JSON.parse(text)
  } catch {
    // Told below: a parser's message would quote the content.
  }
  return asObject(body)
}

function asObject(body: unknown): JsonObject {
  if (isJsonObject(body)) return body
  throw malformed('it is not a JSON object')
}

function malformed(detail: string): NxError {
  return new NxError('invalid', 'NX-EVENT-WIRE', 'A bus message is not an event of this system', {
    detail,
    fix: 'Only neuronx publishes under nx.events; other systems publish under nx.ingest.<tenant>.',
  })
}

function textOf(body: JsonObject, name: string): string {
  const value = body[name]
  if (typeof value === 'string') return value
  throw malformed(`'${name}' is not a text`)
}

function numberOf(body: JsonObject, name: string): number {
  const value = body[name]
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  throw malformed(`'${name}' is not a whole number`)
}

function dataOf(body: JsonObject): JsonObject {
  const value = body['data']
  if (isJsonObject(value)) return value
  throw malformed(`'data' is not an object`)
}

function subjectOf(text: string): EntityRef {
  const slash = text.indexOf('/')
  if (slash < 1) throw malformed(`'subject' is not <kind>/<id>`)
  return { kind: text.slice(0, slash), id: text.slice(slash + 1) }
}

function originOf(text: string): EventOrigin {
  if (!origins.has(text)) throw malformed(`'origin' is unknown`)
  return text as EventOrigin
}
