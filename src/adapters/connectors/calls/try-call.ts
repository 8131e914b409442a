import type { Clock } from '../../../kernel/clock.ts'
import type { JsonObject, JsonValue } from '../../../kernel/json.ts'
import type { AttemptOutcome } from '../../../messaging/commands/command.ts'
import type { OutgoingAnswer } from '../../http/exchange.ts'
import type { OutgoingRequest } from '../../http/outgoing-request.ts'
import { parseJson } from '../answers/parse-json.ts'
import type { CompiledOperation } from '../compile-connector.ts'
import type { Integration } from '../integration.ts'
import { judge } from '../outcome-of.ts'
import type { Redact } from '../redact-secrets.ts'
import { prepareOffline } from './prepare-offline.ts'

/** A call that is only thought through: what would be asked, and what this answer to it would mean. */
export interface TriedAsk {
  readonly integration: Integration
  readonly operation: CompiledOperation
  readonly input: JsonObject
  readonly entity: { readonly kind: string; readonly id: string }
  /** `lost`: it left, and nothing came back. null: nobody asks about the answer. */
  readonly answer:
    | 'lost'
    | {
        readonly status: number
        readonly headers?: Readonly<Record<string, string>> | undefined
        readonly body?: JsonValue | undefined
      }
    | null
}

/** A request as tests see it, secrets masked. */
export interface ShownRequest {
  readonly method: string
  /** Below the base URL. */
  readonly path: string
  readonly query: JsonObject
  readonly headers: JsonObject
  /** As JSON, of a form its fields; null: none. */
  readonly body: JsonValue
}

export interface TriedCall {
  /** null: the input does not fit, and nothing would be asked. */
  readonly request: ShownRequest | null
  /** null: the request was made, and there is no answer to judge. */
  readonly outcome: AttemptOutcome | null
}

/** The key that stands for the command's own. */
export const triedKey = 'IDEMPOTENCY-KEY'

/** Renders the request and judges the answer with the daemons' own code; opens no secret and no connection. Throws nothing of its own. */
export async function tryCall(asked: TriedAsk, clock: Clock): Promise<TriedCall> {
  const { integration, operation, input, entity, answer } = asked
  const wish = {
    tenantId: '',
    workspace: 'default',
    integration,
    operation,
    input,
    entity,
    idempotencyKey: triedKey,
  }
  const prepared = await prepareOffline(wish, clock)
  if ('outcome' in prepared) return { request: null, outcome: prepared.outcome }
  const { request, redact, expire } = prepared.call
  const shown = shownRequest(request, integration, redact)
  if (answer === null) return { request: shown, outcome: null }
  const repeatable = operation.repeatable === 'yes'
  const facts = { integration, operation, redact, repeatable, renewable: expire !== null, now: clock.now() }
  return { request: shown, outcome: judge(answerOf(answer), facts).outcome }
}

function answerOf(answer: NonNullable<TriedAsk['answer']>): OutgoingAnswer {
  if (answer === 'lost') return { state: 'lost', reason: 'connection', message: 'The connection broke' }
  const { status, headers = {}, body } = answer
  const named = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])
  return {
    state: 'answered',
    status,
    headers: Object.fromEntries(named) as Record<string, string>,
    body: body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body),
    cut: null,
  }
}

function shownRequest(request: OutgoingRequest, { baseUrl }: Integration, redact: Redact): ShownRequest {
  const { method, url, headers, body } = request
  const base = URL.parse(baseUrl)?.pathname.replace(/\/+$/, '') ?? ''
  const masked = Object.entries(headers).map(([name, value]) => [name, redact(value)])
  return {
    method,
    path: redact(url.pathname.startsWith(base) ? url.pathname.slice(base.length) : url.pathname),
    query: fieldsOf(url.searchParams, redact),
    headers: Object.fromEntries(masked) as JsonObject,
    body: body === null ? null : shownBody(redact(body), headers['content-type'] ?? '', redact),
  }
}

function shownBody(text: string, type: string, redact: Redact): JsonValue {
  if (type.startsWith('application/x-www-form-urlencoded')) return fieldsOf(new URLSearchParams(text), redact)
  return parseJson(text) ?? text
}

/** A name that comes more than once is a list. */
function fieldsOf(fields: URLSearchParams, redact: Redact): JsonObject {
  const names = [...new Set(fields.keys())]
  return Object.fromEntries(
    names.map((name) => {
      const [first = '', ...more] = fields.getAll(name).map(redact)
      return [name, more.length === 0 ? first : [first, ...more]]
    }),
  )
}
