import { isUtf8 } from 'node:buffer'
import { z } from 'zod'
import { NxError, errorText } from '../../kernel/errors.ts'
import { isJsonObject } from '../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import type { EventDraft } from '../intake/event-draft.ts'
import { requestKeySource } from '../intake/event-intake.ts'
import { findDataProblem, textProblem } from './event-data.ts'
import { eventBytesMax, eventTypePattern } from './event.ts'
import type { EntityRef } from './event.ts'

export const cloudEventType = 'application/cloudevents+json'
export const cloudEventBatchType = 'application/cloudevents-batch+json'

/** The most events of one batch. */
export const batchEventsMax = 1_000
const nameCharsMax = 255

const subjectPattern = /^[a-z][a-z0-9_-]{0,62}\/[^\p{Cc}]{1,255}$/u
const timePattern =
  /^(19[7-9]\d|[2-9]\d{3})-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/

const name = z
  .string()
  .min(1)
  .max(nameCharsMax)
  .refine((text) => textProblem(text, '') === null, { error: 'holds characters that cannot be kept' })

/** A CloudEvents 1.0 event in structured JSON form, as this system takes it. */
export const cloudEventSchema = z.looseObject({
  specversion: z.literal('1.0'),
  id: name.describe("The producer's id of the event. With source the key by which a repeat is recognised."),
  source: name
    .refine((text) => !text.startsWith(requestKeySource), {
      error: `must not begin with '${requestKeySource}'`,
    })
    .describe('The producer.'),
  type: z
    .string()
    .regex(eventTypePattern, { error: 'must be lower-case words joined by dots, like lead.created' }),
  subject: z
    .string()
    .regex(subjectPattern, { error: "must be '<kind>/<id>', like lead/42" })
    .refine((text) => text.isWellFormed(), { error: 'is not valid Unicode' })
    .optional()
    .describe(
      'The entity it is about: <kind>/<id>. Without it the event is ordered with the others of its source.',
    ),
  time: z
    .string()
    .refine((text) => timePattern.test(text) && !Number.isNaN(new Date(text).getTime()), {
      error: 'must be an RFC 3339 time from 1970 on, like 2026-01-31T09:30:00Z',
    })
    .optional()
    .describe('RFC 3339.'),
  datacontenttype: z
    .string()
    .regex(/^application\/([a-z0-9.+-]+\+)?json\b/i, { error: 'must be JSON: application/json' })
    .optional(),
  data: z
    .custom<JsonObject>(isJsonObject, { error: 'must be an object' })
    .nullish()
    .meta({ type: 'object', description: 'A JSON object.' }),
  data_base64: z.never({ error: 'is not taken: send data as a JSON object' }).optional(),
  tenant: z.string().optional().describe("The token's tenant, if stated at all."),
  workspace: z.string().optional().describe("The token's workspace, if stated at all."),
  correlationid: name
    .optional()
    .describe('Ties events that belong together. Default: the id given to this event.'),
})

/** An event that was read, and what the request claimed beside it. */
export interface ParsedCloudEvent {
  readonly draft: EventDraft
  /** Extension attributes by which a producer names its owner; the caller compares them with the token's. */
  readonly tenant: string | null
  readonly workspace: string | null
  /** Attributes that are allowed by CloudEvents and not kept here: the answer names them. */
  readonly ignored: readonly string[]
}

const known = new Set(Object.keys(cloudEventSchema.shape))

/** Headers by lower-case name, as node:http gives them. */
export type MessageHeaders = Readonly<Record<string, string | string[] | undefined>>

/**
 * Reads the CloudEvents of one message: structured, batch or binary mode, told apart by the content type.
 * Throws (invalid) NX-EVENT-CONTENT-TYPE, NX-EVENT-JSON, NX-EVENT-INVALID with the JSON path, NX-EVENT-TOO-LARGE,
 * NX-EVENT-BATCH-SIZE.
 */
export function parseCloudEvents(headers: MessageHeaders, body: Buffer): readonly ParsedCloudEvent[] {
  const contentType = text(headers['content-type'])
  const mediaType = (contentType.split(';', 1)[0] ?? '').trim().toLowerCase()
  const charset = /charset\s*=\s*"?([^";\s]+)/i.exec(contentType)?.[1]
  if (charset !== undefined && charset.toLowerCase() !== 'utf-8') throw contentTypeError(contentType)
  if (mediaType === cloudEventType) return [parseCloudEvent(parseJson(body, eventBytesMax))]
  if (mediaType === cloudEventBatchType) return parseBatch(parseJson(body, Infinity), body.length)
  if (headers['ce-specversion'] !== undefined && /^application\/([a-z0-9.+-]+\+)?json$/.test(mediaType)) {
    return [parseCloudEvent(binaryEvent(headers, body))]
  }
  throw contentTypeError(contentType)
}

/** Reads one event in structured form. `place` prefixes the paths of errors: `[3]` inside a batch. */
export function parseCloudEvent(value: JsonValue, place = ''): ParsedCloudEvent {
  const result = cloudEventSchema.safeParse(value)
  if (!result.success) throw schemaError(result.error, place)
  const event = result.data
  const data = event.data ?? {}
  const problem = findDataProblem(data)
  if (problem !== null) throw invalid(joinPath(place, problem.path), problem.message)
  return {
    draft: {
      source: event.source,
      externalId: event.id,
      type: event.type,
      subject: event.subject === undefined ? null : subjectRef(event.subject),
      time: event.time === undefined ? null : new Date(event.time).toISOString(),
      data,
      correlationId: event.correlationid ?? null,
    },
    tenant: event.tenant ?? null,
    workspace: event.workspace ?? null,
    ignored: Object.keys(event).filter((key) => !known.has(key)),
  }
}

/** Reads JSON text. Throws NX-EVENT-JSON with the position, NX-EVENT-TOO-LARGE above `bytesMax`. */
export function parseJson(body: Buffer, bytesMax: number): JsonValue {
  if (body.length > bytesMax) throw tooLarge('', body.length)
  if (!isUtf8(body)) {
    throw new NxError('invalid', 'NX-EVENT-JSON', 'The body is not UTF-8', { fix: 'Send JSON in UTF-8.' })
  }
  try {
    return JSON.parse(body.toString('utf8')) as JsonValue
  } catch (error) {
    const message = errorText(error)
    const at = /at position \d+( \(line \d+ column \d+\))?|^Unexpected token '.{1,2}'/u.exec(message)?.[0]
    throw new NxError('invalid', 'NX-EVENT-JSON', 'The body is not JSON', {
      detail: body.length === 0 ? 'The body is empty.' : `The JSON breaks off ${at ?? 'at its end'}.`,
      fix: 'Send one JSON value, nothing before or after it.',
    })
  }
}

function parseBatch(value: JsonValue, bytes: number): readonly ParsedCloudEvent[] {
  if (!Array.isArray(value)) throw invalid('', 'must be an array of events in batch mode')
  const items = value as readonly JsonValue[]
  if (items.length === 0 || items.length > batchEventsMax) {
    throw new NxError('invalid', 'NX-EVENT-BATCH-SIZE', `A batch holds 1 to ${batchEventsMax} events`, {
      detail: `This one holds ${items.length}.`,
      fix: 'Split it into several requests.',
    })
  }
  return items.map((item, index) => {
    // Only a body above the limit of one event can hold an event above it.
    if (bytes > eventBytesMax) {
      const size = Buffer.byteLength(JSON.stringify(item))
      if (size > eventBytesMax) throw tooLarge(`[${index}]`, size)
    }
    return parseCloudEvent(item, `[${index}]`)
  })
}

function binaryEvent(headers: MessageHeaders, body: Buffer): JsonValue {
  const event: Record<string, JsonValue> = {}
  for (const [header, value] of Object.entries(headers)) {
    if (header.startsWith('ce-')) event[header.slice(3)] = decodeHeader(text(value), header.slice(3))
  }
  if (body.length > 0) event['data'] = parseJson(body, eventBytesMax)
  return event
}

function text(value: string | string[] | undefined): string {
  return Array.isArray(value) ? value.join(',') : (value ?? '')
}

/** Binary mode writes attribute values percent-encoded. */
function decodeHeader(value: string, attribute: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    throw invalid(attribute, `(header ce-${attribute}) is not percent-encoded UTF-8`)
  }
}

function subjectRef(subject: string): EntityRef {
  const slash = subject.indexOf('/')
  return { kind: subject.slice(0, slash), id: subject.slice(slash + 1) }
}

function schemaError(error: z.ZodError, place: string): NxError {
  const problems = error.issues.slice(0, 5).map((issue) => ({
    path: joinPath(place, pathOf(issue.path)),
    message: issue.message,
  }))
  const first = problems[0] ?? { path: place, message: 'is wrong' }
  return invalid(
    first.path,
    problems.map((problem) => `${problem.path || 'event'}: ${problem.message}`).join('; '),
  )
}

function pathOf(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index > 0 ? '.' : ''}${String(part)}`))
    .join('')
}

function joinPath(place: string, path: string): string {
  if (place === '' || path === '') return place + path
  return path.startsWith('[') ? place + path : `${place}.${path}`
}

function invalid(path: string, detail: string): NxError {
  return new NxError('invalid', 'NX-EVENT-INVALID', 'This is not an event that can be taken', {
    detail: detail.startsWith(path) || path === '' ? detail : `${path} ${detail}`,
    where: { path },
    fix: 'Send CloudEvents 1.0: specversion, id, source, type, subject as <kind>/<id>, data as an object. /openapi.json has the schema.',
  })
}

function tooLarge(path: string, bytes: number): NxError {
  return new NxError('invalid', 'NX-EVENT-TOO-LARGE', `An event holds at most ${eventBytesMax / 1024} KiB`, {
    detail: `This one has ${bytes} bytes.`,
    ...(path === '' ? {} : { where: { path } }),
    fix: 'Keep large content elsewhere and send a link to it.',
  })
}

function contentTypeError(found: string): NxError {
  return new NxError('invalid', 'NX-EVENT-CONTENT-TYPE', 'The content type is not one of CloudEvents', {
    detail: found === '' ? 'There is no content type.' : `It is '${found.slice(0, 200)}'.`,
    fix: `Send ${cloudEventType}, ${cloudEventBatchType}, or application/json with ce-* headers (binary mode), in UTF-8.`,
  })
}
