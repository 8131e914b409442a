import { newId } from '../../../kernel/ids.ts'
import type { JsonObject, JsonValue } from '../../../kernel/json.ts'
import type { NewDeadLetter } from '../../../messaging/dead-letters/dead-letter.ts'
import { dataDepthMax, findDataProblem } from '../../../messaging/events/event-data.ts'
import { printable } from '../answers/printable.ts'
import type { SignedRequest } from './signatures/signed-request.ts'

export interface InvalidWebhookFacts {
  readonly tenantId: string
  readonly workspace: string
  readonly integration: string
  readonly code: string
  readonly reason: string
  /** The delivery, with nothing in it but the payload that this is about. */
  readonly payload: JsonValue
  /** Is that all of the delivery? */
  readonly isWhole: boolean
  /** Members, by name, that hold secrets. */
  readonly secrets?: ReadonlySet<string>
  /** Headers that its templates read. */
  readonly keeps?: ReadonlySet<string>
  /** Expected and received paths and types. */
  readonly diff?: JsonObject
  readonly request: Pick<SignedRequest, 'headers' | 'body'>
}

const reasonCharsMax = 1_000

/** The dead letter of a webhook that was verified and cannot be mapped. Of the headers only those that can hold no credential. */
export function invalidWebhook(facts: InvalidWebhookFacts): NewDeadLetter {
  return {
    id: newId(),
    tenantId: facts.tenantId,
    workspace: facts.workspace,
    source: 'webhook',
    class: 'invalid',
    code: facts.code,
    reason: shown(facts.reason),
    integration: facts.integration,
    entityKey: null,
    eventId: null,
    commandId: null,
    cause: null,
    payload: {
      headers: keptHeaders(facts.request, facts.keeps),
      ...keptBody(facts),
      ...(facts.diff === undefined ? {} : { diff: facts.diff }),
    },
  }
}

/** Line feeds and escapes are written out. */
function shown(text: string): string {
  return printable(
    text.slice(0, reasonCharsMax),
    (sign) => `\\u${(sign.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  )
}

function keptHeaders(
  { headers }: Pick<SignedRequest, 'headers'>,
  keeps: ReadonlySet<string> = new Set(),
): JsonObject {
  const kept: Record<string, string> = {}
  for (const name of ['content-type', 'user-agent', ...keeps]) {
    const value = headers[name]
    if (typeof value === 'string') kept[name] = shown(value)
  }
  return kept
}

/**
 * As JSON where the database can hold it, else as bytes: those that came, or for one of several payloads its JSON (then `jsonBase64`).
 * One of several that is nested too deeply to be written is not kept: the bytes would be those of all of them, once for each.
 */
function keptBody({ payload, isWhole, secrets = new Set(), request }: InvalidWebhookFacts): JsonObject {
  const kept = secrets.size === 0 ? payload : withoutSecrets(payload, secrets)
  if (findDataProblem(kept) === null) return { body: kept }
  if (isWhole && secrets.size === 0) return { bodyBase64: request.body.toString('base64') }
  const json = jsonOf(kept)
  return json === null ? {} : { jsonBase64: Buffer.from(json).toString('base64') }
}

/** The deepest nesting that is written: well below where the writer runs out of stack, which takes it long to find out. */
const writtenDepthMax = 1_000

/** null: it is nested too deeply to be written. */
function jsonOf(payload: JsonValue): string | null {
  const left: Array<readonly [JsonValue | undefined, number]> = [[payload, 0]]
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const [value, depth] = next
    if (typeof value !== 'object' || value === null) continue
    if (depth > writtenDepthMax) return null
    for (const inner of Object.values(value) as ReadonlyArray<JsonValue | undefined>)
      left.push([inner, depth + 1])
  }
  return JSON.stringify(payload)
}

/** As deep as data may be nested; what is deeper cannot be kept as JSON anyway. */
function withoutSecrets(value: JsonValue, secrets: ReadonlySet<string>, depth = 0): JsonValue {
  if (typeof value !== 'object' || value === null) return value
  if (depth > dataDepthMax) return null
  if (Array.isArray(value))
    return (value as readonly JsonValue[]).map((item) => withoutSecrets(item, secrets, depth + 1))
  return Object.fromEntries(
    Object.entries(value as JsonObject)
      .filter(([name]) => !secrets.has(name))
      .map(([name, member]) => [name, withoutSecrets(member ?? null, secrets, depth + 1)]),
  )
}
