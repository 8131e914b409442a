import { NxError } from '../../../kernel/errors.ts'
import type { JsonObject, JsonValue } from '../../../kernel/json.ts'
import type { AttemptOutcome } from '../../../messaging/commands/command.ts'
import type { CallReport } from '../../../messaging/commands/gate.ts'
import type { OutgoingAnswer } from '../../http/exchange.ts'
import type { OutgoingRequest } from '../../http/outgoing-request.ts'
import type { CompiledOperation } from '../compile-connector.ts'
import type { Integration } from '../integration.ts'
import { redactedHeaders } from '../redact-secrets.ts'
import type { Redact } from '../redact-secrets.ts'
import type { Judged } from '../outcome-of.ts'
import type { RequestParts } from '../render-request.ts'
import type { CallWish } from './call-preparer.ts'
import { goneOperation, permanent } from './failures.ts'

/** One page that is wanted of an integration. */
export interface PageAsk {
  readonly tenantId: string
  readonly workspace: string
  readonly integration: string
  readonly operation: string
  readonly input: JsonObject
  /** Since when, RFC 3339; null: everything. */
  readonly since: string | null
  readonly more?: RequestParts['more']
  /** The address of the page, for vendors that say it whole. */
  readonly link?: string
}

/** The page as it came, or why it did not. */
export type PageAnswer =
  | {
      readonly state: 'page'
      readonly body: JsonValue
      /** Lower-case names. */
      readonly headers: Readonly<Record<string, string>>
      /** What the call tells of the integration: what is left of its budget. */
      readonly report?: CallReport
    }
  | { readonly state: 'failed'; readonly outcome: AttemptOutcome }

/** Why this may not be read; null when it may. */
export function readRefusal(integration: Integration, operation: string): AttemptOutcome | null {
  const { name, mode, connector } = integration
  const definition = connector.operations.get(operation)?.definition
  if (definition === undefined) return goneOperation(name, operation)
  if (definition.effect !== 'read')
    return permanent('NX-READ-EFFECT', `${name}.${operation} changes something, so it is not for reading`)
  if (mode === 'disabled')
    return permanent('NX-INTEGRATION-DISABLED', `The integration '${name}' is disabled`)
  return null
}

/** The call for a page. */
export function pageWish(asked: PageAsk, integration: Integration, operation: CompiledOperation): CallWish {
  const { tenantId, workspace, input, since, link } = asked
  const entity = { kind: 'integration', id: integration.name }
  const changed =
    since === null
      ? undefined
      : operation.since?.render({ input, connection: integration.connection, entity, key: '', since })
  return {
    tenantId,
    workspace,
    integration,
    operation,
    input,
    entity,
    idempotencyKey: '',
    more: { ...asked.more, query: { ...(changed as JsonObject | undefined), ...asked.more?.query } },
    ...(link === undefined ? {} : { change: (request: OutgoingRequest) => linked(request, link) }),
  }
}

/**
 * The request with the address of the next page. It must lie where the request would have gone: an answer must not send our
 * credentials elsewhere. Throws NX-READ-LINK (invalid).
 */
function linked(request: OutgoingRequest, link: string): OutgoingRequest {
  const url = URL.parse(link, request.url.href)
  if (url !== null && url.origin === request.url.origin && url.username === '' && url.password === '')
    return { ...request, url }
  throw new NxError('invalid', 'NX-READ-LINK', 'The next page lies elsewhere', {
    detail: `The answer names a page outside of ${request.url.origin}.`,
    fix: 'Nothing was sent there. Ask the vendor, or read without `pagination: { kind: link }`.',
  })
}

/** What the answer to a page is. */
export function pageAnswer(answer: OutgoingAnswer, { outcome, body }: Judged, redact: Redact): PageAnswer {
  if (outcome.state !== 'succeeded' || answer.state !== 'answered') return { state: 'failed', outcome }
  const { report } = outcome
  if (body !== undefined) {
    // The address of the next page may hold our key, and is kept.
    const headers = redactedHeaders(answer.headers, redact)
    return { state: 'page', body, headers, ...(report === undefined ? {} : { report }) }
  }
  const why = answer.cut === null ? 'it is not JSON' : `it was cut by ${answer.cut}`
  return { state: 'failed', outcome: permanent('NX-CALL-ANSWER', `The page cannot be read: ${why}`) }
}
