import { newId } from '../../../kernel/ids.ts'
import type { JsonObject, JsonValue } from '../../../kernel/json.ts'
import type { NewDeadLetter } from '../../../messaging/dead-letters/dead-letter.ts'
import { findDataProblem } from '../../../messaging/events/event-data.ts'
import type { SignedRequest } from './verify-signature.ts'

export interface InvalidWebhookFacts {
  readonly tenantId: string
  readonly workspace: string
  readonly integration: string
  readonly code: string
  readonly reason: string
  readonly payload: JsonValue
  readonly request: SignedRequest
}

/** The dead letter of a webhook that was verified and cannot be mapped. Of the headers only those that can hold no credential. */
export function invalidWebhook(facts: InvalidWebhookFacts): NewDeadLetter {
  return {
    id: newId(),
    tenantId: facts.tenantId,
    workspace: facts.workspace,
    source: 'webhook',
    class: 'invalid',
    code: facts.code,
    reason: facts.reason.replaceAll('\u0000', '').toWellFormed(),
    integration: facts.integration,
    entityKey: null,
    eventId: null,
    commandId: null,
    cause: null,
    payload: { headers: keptHeaders(facts.request), ...keptBody(facts) },
  }
}

function keptHeaders({ headers }: SignedRequest): JsonObject {
  const kept: Record<string, string> = {}
  for (const name of ['content-type', 'user-agent']) {
    const value = headers[name]
    if (typeof value === 'string') kept[name] = value
  }
  return kept
}

/** As JSON where the database can hold it, else the bytes. */
function keptBody({ payload, request }: InvalidWebhookFacts): JsonObject {
  return findDataProblem(payload) === null
    ? { body: payload }
    : { bodyBase64: request.body.toString('base64') }
}
