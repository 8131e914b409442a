import { connectorFormat, defineConnector } from '../define-connector.ts'
import { resendWebhooks } from '../webhooks/vendors/resend-webhooks.ts'

/** Resend: mail over HTTP. It takes our key and knows a repeat by it for 24 hours. One mail goes to one person. */
export const resend = defineConnector({
  format: connectorFormat,
  connector: 'resend',
  vendor: 'Resend',
  baseUrl: 'https://api.resend.com',
  connection: {
    from: {
      type: 'string',
      pattern: '[^\\u0000-\\u001f]*[^\\s@]+@[^\\s@]+',
      help: 'What mail comes from when it names nothing else: Ada <ada@example.com>, at a domain that Resend has verified.',
      optional: true,
    },
    replyTo: {
      type: 'string',
      pattern: '[^\\s@]+@[^\\s@]+',
      help: 'The address that answers go to.',
      optional: true,
    },
  },
  credentials: { apiKey: { help: 'The API key (re_…); one that may only send is enough to send.' } },
  auth: [{ kind: 'bearer', token: 'apiKey' }],
  headers: {},
  tables: {},
  operations: {
    'message.send': {
      method: 'POST',
      path: '/emails',
      effect: 'send',
      idempotency: { header: 'Idempotency-Key' },
      requires: [
        'input.to',
        'input.from ?? connection.from',
        'input.subject ?? input.template_id',
        'input.text ?? input.html ?? input.template_id',
      ],
      body: {
        from: '{{ input.from ?? connection.from }}',
        to: ['{{ input.to | if_email }}'],
        reply_to: '{{ input.reply_to ?? connection.replyTo }}',
        subject: '{{ input.subject | one_line }}',
        text: '{{ input.text }}',
        html: '{{ input.html }}',
        template: { id: '{{ input.template_id }}', variables: '{{ input.params | filled:known }}' },
        headers: '{{ input.headers }}',
        tags: '{{ input.tags }}',
        attachments: {
          $each: 'input.attachments',
          as: 'file',
          do: { path: '{{ file.url }}', filename: '{{ file.name }}' },
        },
        scheduled_at: '{{ input.scheduled_at | date:iso }}',
      },
      output: { message_id: '{{ answer.id }}' },
    },
    'message.get': {
      method: 'GET',
      path: '/emails/{{ input.message_id }}',
      effect: 'read',
      requires: ['input.message_id'],
      output: {
        message_id: '{{ answer.id }}',
        status: '{{ answer.last_event }}',
        to: '{{ answer.to }}',
        subject: '{{ answer.subject }}',
        created_at: '{{ answer.created_at }}',
      },
    },
    'message.cancel': {
      method: 'POST',
      path: '/emails/{{ input.message_id }}/cancel',
      effect: 'update',
      requires: ['input.message_id'],
      output: { message_id: '{{ answer.id }}' },
    },
    'domain.list': {
      method: 'GET',
      path: '/domains',
      effect: 'read',
      output: { domains: '{{ answer.data }}' },
    },
  },
  channels: { email: 'message.send' },
  errors: [
    {
      when: { body: { name: 'restricted_api_key' } },
      kind: 'permanent',
      notExecuted: true,
      says: 'The API key may only send. Make one with full access for what reads.',
    },
    {
      when: { body: { name: ['daily_quota_exceeded', 'monthly_quota_exceeded'] } },
      kind: 'quota_exhausted',
      notExecuted: true,
      says: "The account's quota is used up: wait, or take a larger plan.",
    },
    {
      when: { status: 409, body: { name: 'concurrent_idempotent_requests' } },
      kind: 'transient',
      waitMs: 2_000,
    },
    {
      when: { status: 409, body: { name: 'invalid_idempotent_request' } },
      kind: 'conflict',
      notExecuted: true,
      says: 'A mail with the same key and another content was sent already.',
    },
    {
      when: { body: { name: ['missing_api_key', 'invalid_api_key'] } },
      kind: 'credentials',
      notExecuted: true,
      says: 'The API key is not accepted: make a new one and store it.',
    },
    {
      when: { status: 403 },
      kind: 'permanent',
      notExecuted: true,
      says: 'Resend does not let this account send so: most often the domain of `from` is not verified.',
    },
  ],
  limits: { perSecond: 2, concurrency: 4, timeoutMs: 15_000 },
  budget: [{ remaining: 'ratelimit-remaining', reset: { header: 'ratelimit-reset', unit: 's' } }],
  webhooks: resendWebhooks,
  health: 'domain.list',
  facts: [
    {
      says: 'Paths, bearer, the header Idempotency-Key of up to 256 characters.',
      source: 'resend/resend-openapi resend.yaml',
      checked: '2026-11-23',
    },
    {
      says: 'A key is known for 24 hours; a second request with it gets the same answer.',
      source: 'resend.com/docs/dashboard/emails/idempotency-keys',
      checked: '2026-11-23',
    },
    {
      says: 'The fields of the body, the names of errors, two requests a second, the ratelimit-* headers, templates with variables. (Remembered, not checked.)',
      source: 'resend.com/docs/api-reference/errors; resend.com/docs/api-reference/introduction',
      checked: '2026-11-23',
    },
    {
      says: 'Webhooks are listed, made, changed and removed at /webhooks; the answer to making one holds signing_secret. (Remembered, not checked.)',
      source: 'resend.com/docs/api-reference/webhooks',
      checked: '2026-11-23',
    },
  ],
})
