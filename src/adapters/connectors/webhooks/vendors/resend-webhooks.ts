import { resendRegistration } from '../registration/resend-registration.ts'
import { signatureSchemes } from '../signatures/signature-schemes.ts'
import type { EventMapping, WebhookDefinition } from '../webhook-definition.ts'

const mail = {
  message_id: '{{ body.data.email_id }}',
  channel: 'email',
  to: '{{ body.data.to }}',
  subject: '{{ body.data.subject }}',
}

function told(when: string, emit: string): EventMapping {
  return { when, emit, requires: ['data.email_id'], data: mail, covers: ['data', 'created_at'] }
}

/** Resend: what became of e-mails. Its key is the tenant's own. The shape is remembered. */
export const resendWebhooks = {
  schemes: signatureSchemes.svix.schemes,
  keys: { secret: { kind: 'secret', help: 'The signing secret of the webhook, whsec_…' } },
  format: 'json',
  sentAt: { at: '{{ body.created_at }}', unit: 'iso', window: false },
  toleranceMs: 300_000,
  deliveryId: null,
  hashHorizonMs: 604_800_000,
  type: '{{ body.type }}',
  account: null,
  envelope: ['type'],
  events: [
    told('email.delivery_delayed', 'message.delayed'),
    told('email.complained', 'message.complained'),
    told('email.clicked', 'message.clicked'),
  ],
  receipts: [
    {
      when: 'email.delivered',
      state: 'delivered',
      messageId: '{{ body.data.email_id }}',
      data: { to: '{{ body.data.to }}' },
    },
    {
      when: 'email.opened',
      state: 'read',
      messageId: '{{ body.data.email_id }}',
      data: { to: '{{ body.data.to }}' },
    },
    {
      when: 'email.bounced',
      state: 'failed',
      messageId: '{{ body.data.email_id }}',
      code: '{{ body.data.bounce.type }}',
      reason: '{{ body.data.bounce.message }}',
      data: { to: '{{ body.data.to }}' },
    },
    {
      when: 'email.failed',
      state: 'failed',
      messageId: '{{ body.data.email_id }}',
      reason: '{{ body.data.failed.reason }}',
      data: { to: '{{ body.data.to }}' },
    },
  ],
  ignores: ['email.sent', 'email.scheduled'],
  busyStatus: 503,
  register: resendRegistration,
} as const satisfies WebhookDefinition
