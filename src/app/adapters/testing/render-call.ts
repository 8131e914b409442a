import { parse as parseYaml } from 'yaml'
import { prepareOffline } from '../../../adapters/connectors/calls/prepare-offline.ts'
import { triedKey } from '../../../adapters/connectors/calls/try-call.ts'
import type { CompiledOperation } from '../../../adapters/connectors/compile-connector.ts'
import type { IdempotencyClass } from '../../../adapters/connectors/definition/idempotency.ts'
import type { Integration } from '../../../adapters/connectors/integration.ts'
import type { Clock } from '../../../kernel/clock.ts'
import { NxError, errorText } from '../../../kernel/errors.ts'
import { isJsonObject } from '../../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../../kernel/json.ts'
import { nearestName } from '../../../kernel/nearest-name.ts'
import type { AdapterPlace } from '../catalog/active-adapter.ts'

/** A request as it would be sent, secrets masked. */
export interface RenderedCall {
  readonly integration: string
  readonly operation: string
  readonly idempotency: IdempotencyClass
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
}

export interface RenderAsk {
  readonly operation: string
  readonly input: JsonObject
  readonly entity: { readonly kind: string; readonly id: string }
}

/**
 * Renders a request without sending it. No secret is opened for it: each is stood for by random text, which is masked, so that what is
 * signed with a secret is masked too. Throws NX-OPERATION-NOT-FOUND, and (invalid) what the input is refused for.
 */
export async function renderCall(
  integration: Integration,
  { tenantId, workspace }: AdapterPlace,
  { operation: name, input, entity }: RenderAsk,
  clock: Clock,
): Promise<RenderedCall> {
  const operation = operationOf(integration, name)
  const wish = {
    tenantId,
    workspace,
    integration,
    operation,
    input,
    entity,
    idempotencyKey: triedKey,
  }
  const prepared = await prepareOffline(wish, clock)
  if ('outcome' in prepared) {
    const { outcome } = prepared
    const error = outcome.state === 'succeeded' ? { code: 'NX-BUG', message: '' } : outcome.error
    throw new NxError('invalid', error.code, `The request of ${name} cannot be rendered`, {
      detail: error.message,
      fix: `neuronx adapter show ${integration.name} lists what each operation requires.`,
    })
  }
  const { request, redact } = prepared.call
  const headers = Object.entries(request.headers).map(([key, value]) => [key, redact(value)])
  return {
    integration: integration.name,
    operation: name,
    idempotency: operation.idempotency,
    method: request.method,
    url: redact(request.url.href),
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: request.body === null ? null : redact(request.body),
  }
}

/** What `--with` holds, JSON or YAML. Throws NX-ADAPTER-INPUT (invalid). */
export function readCallInput(text: string, file: string): JsonObject {
  let value: JsonValue
  try {
    value = parseYaml(text, { maxAliasCount: 100 }) as JsonValue
  } catch (error) {
    throw badInput(errorText(error), file)
  }
  if (isJsonObject(value)) return value
  throw badInput('It is no object.', file)
}

function badInput(detail: string, file: string): NxError {
  return new NxError('invalid', 'NX-ADAPTER-INPUT', 'The input of the operation cannot be read', {
    detail,
    where: { file },
    fix: 'Write what a rule has under `with:`, as YAML or JSON: {"to": "+14155550100", "text": "Hello"}',
  })
}

/** Throws NX-OPERATION-NOT-FOUND with the name that was probably meant. */
export function operationOf({ name: integration, connector }: Integration, name: string): CompiledOperation {
  const found = connector.operations.get(name)
  if (found !== undefined) return found
  const names = [...connector.operations.keys()]
  const meant = nearestName(name, names)
  throw new NxError('not_found', 'NX-OPERATION-NOT-FOUND', `'${integration}' has no operation '${name}'`, {
    fix:
      meant === null
        ? names.length === 0
          ? 'It only receives.'
          : `Operations: ${names.join(', ')}.`
        : `Did you mean '${meant}'?`,
  })
}
