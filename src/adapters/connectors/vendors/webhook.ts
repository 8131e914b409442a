import { connectorFormat, defineConnector } from '../define-connector.ts'

/** Outgoing webhooks to one address, signed by Standard Webhooks: the receiver checks with any of its libraries. */
export const webhook = defineConnector({
  format: connectorFormat,
  connector: 'webhook',
  vendor: 'Standard Webhooks',
  baseUrl: '{{ connection.url }}',
  connection: {
    url: {
      type: 'string',
      pattern: 'https?://[^\\s?#@{}]+',
      help: 'The address that webhooks are sent to, without user, query or fragment.',
    },
  },
  credentials: {
    secret: { help: 'whsec_ and the base64 of 24 to 64 random bytes; the receiver has the same.' },
    previousSecret: {
      help: 'The secret of before: signs too while the receiver changes over.',
      optional: true,
    },
  },
  auth: [{ kind: 'standard_webhooks', secret: 'secret', previousSecret: 'previousSecret' }],
  headers: {},
  tables: {},
  operations: {
    'event.send': {
      method: 'POST',
      path: '',
      effect: 'create',
      requires: ['input.type'],
      body: {
        type: '{{ input.type }}',
        timestamp: '{{ input.timestamp | date:iso }}',
        data: '{{ input.data }}',
      },
      // The signature's own header: the id is the same for every attempt, and the receiver knows a repeat by it.
      idempotency: { header: 'webhook-id' },
      output: { status: '{{ status }}' },
    },
  },
  channels: {},
  errors: [
    {
      when: { status: 410 },
      kind: 'permanent',
      notExecuted: true,
      says: 'The receiver has taken this address out of service: ask for the new one, or disable the integration.',
    },
  ],
  limits: { perSecond: 50, concurrency: 8, timeoutMs: 15_000 },
  webhooks: null,
  facts: [
    {
      says: 'webhook-id, webhook-timestamp and webhook-signature; v1 is base64 of HMAC-SHA256 over id.timestamp.body; several signatures are separated by spaces. Tests check the published vector.',
      source:
        'standard-webhooks/standard-webhooks spec/standard-webhooks.md; libraries/javascript/src/webhook.test.ts',
      checked: '2026-11-23',
    },
    {
      says: 'The payload is { type, timestamp, data }; the id is the same for every attempt; secrets have 24 to 64 bytes; 410 asks to send no more. (Remembered, not checked.)',
      source: 'standard-webhooks/standard-webhooks spec/standard-webhooks.md',
      checked: '2026-11-23',
    },
  ],
})
