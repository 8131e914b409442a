import { WebhookReceiver } from '../../../../src/adapters/connectors/webhooks/webhook-receiver.ts'
import type { Reception } from '../../../../src/adapters/connectors/webhooks/webhook-receiver.ts'
import type { WebhookDefinition } from '../../../../src/adapters/connectors/webhooks/webhook-definition.ts'
import type { SignatureName } from '../../../../src/adapters/connectors/webhooks/signatures/signature-schemes.ts'
import type { JsonObject, JsonValue } from '../../../../src/kernel/json.ts'
import { keysOf, secret, signAs } from './sign-as.ts'

export const now = new Date('2026-03-05T12:00:00Z')
export const url = 'https://hooks.example.com/v1/hooks/acme/it'

/** A receiver of a definition, sent to by somebody who signs as `scheme` says. */
export function receiving(
  definition: WebhookDefinition,
  scheme: SignatureName,
  connection: JsonObject = {},
  extraKeys: Readonly<Record<string, string>> = {},
) {
  const receiver = new WebhookReceiver({
    integration: 'it',
    definition,
    tables: {},
    connection,
    keys: { ...(keysOf[scheme] ?? { secret }), ...extraKeys },
    toleranceMs: 300_000,
  })
  const context = { tenantId: 't', workspace: 'eu', now }
  const send = (body: string, headers: Record<string, string> = {}): Reception =>
    receiver.receive(
      {
        method: 'POST',
        url,
        headers: { ...signAs[scheme]?.(body, now.getTime() / 1_000, url), ...headers },
        body: Buffer.from(body),
      },
      context,
    )
  return { receiver, context, send, sendJson: (payload: JsonValue) => send(JSON.stringify(payload)) }
}

/** What is stored of it. Throws when nothing is. */
export function stored(reception: Reception) {
  if (reception.state !== 'readable') throw new Error(`Not readable: ${JSON.stringify(reception)}`)
  const { events, deadLetters } = reception.request
  return {
    events: events.map(({ event }) => event),
    incoming: events,
    letters: deadLetters,
    receipts: reception.receipts,
  }
}
