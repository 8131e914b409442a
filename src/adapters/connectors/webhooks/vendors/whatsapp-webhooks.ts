import { whatsappRegistration } from '../registration/whatsapp-registration.ts'
import { signatureSchemes } from '../signatures/signature-schemes.ts'
import type { WebhookDefinition } from '../webhook-definition.ts'

/**
 * WhatsApp Business Cloud. An app's secret signs for all its business accounts, so every message must be for the connection's
 * number. One delivery holds several messages and states. The shape is remembered, not checked against a published description.
 */
export const whatsappWebhooks = {
  schemes: signatureSchemes.meta.schemes,
  keys: {
    appSecret: { kind: 'secret', help: "The app's secret, which signs." },
    verifyToken: {
      kind: 'secret',
      optional: true,
      help: 'What was entered as the verify token when the address was registered.',
    },
  },
  format: 'json',
  handshake: [
    {
      kind: 'echo_query',
      method: 'GET',
      param: 'hub.challenge',
      when: { 'hub.mode': 'subscribe' },
      verify: { param: 'hub.verify_token', key: 'verifyToken' },
    },
  ],
  split: {
    path: 'entry.*.changes.*',
    parts: [
      {
        path: 'value.messages.*',
        type: 'message',
        deliveryId: '{{ body.id }}',
        join: { list: 'contacts', by: 'wa_id', equals: 'from' },
      },
      {
        path: 'value.statuses.*',
        type: 'status.{{ body.status }}',
        deliveryId: '{{ body.id }}:{{ body.status }}',
      },
      { path: 'value.errors.*', type: 'error' },
    ],
  },
  // Redelivered for days with its first time: no replay window can be made of it.
  sentAt: { at: '{{ body.timestamp }}', unit: 's', window: false },
  toleranceMs: 300_000,
  deliveryId: null,
  hashHorizonMs: 604_800_000,
  type: '{{ body.field }}',
  account: [
    {
      payload: '{{ parent.metadata.phone_number_id ?? body.value.metadata.phone_number_id }}',
      connection: 'phoneNumberId',
    },
    { payload: '{{ parent.id }}', connection: 'businessAccountId' },
  ],
  envelope: [],
  events: [
    {
      when: 'message',
      emit: 'message.received',
      lead: '{{ body.from | e164 }}',
      requires: ['id', 'from'],
      data: {
        message_id: '{{ body.id }}',
        channel: 'whatsapp',
        direction: 'inbound',
        from: '{{ body.from | e164 }}',
        to: '{{ parent.metadata.display_phone_number | e164 }}',
        name: '{{ joined.profile.name }}',
        kind: '{{ body.type }}',
        text: '{{ body.text.body ?? body.button.text ?? body.interactive.button_reply.title ?? body.interactive.list_reply.title ?? body.image.caption ?? body.video.caption ?? body.document.caption }}',
        reply_to: '{{ body.context.id }}',
        sent_at: '{{ body.timestamp }}',
      },
      covers: ['id', 'from', 'type', 'text', 'timestamp'],
    },
    {
      when: 'error',
      emit: 'integration.error',
      requires: [],
      data: { code: '{{ body.code | string }}', reason: '{{ body.title }}' },
      covers: ['code', 'title'],
    },
    {
      when: 'message_template_status_update',
      emit: 'template.status_changed',
      requires: [],
      data: {
        name: '{{ body.value.message_template_name }}',
        language: '{{ body.value.message_template_language }}',
        status: '{{ body.value.event }}',
        reason: '{{ body.value.reason }}',
      },
      covers: ['field'],
    },
    {
      when: 'phone_number_quality_update',
      emit: 'phone_number.quality_changed',
      requires: [],
      data: { status: '{{ body.value.event }}', limit: '{{ body.value.current_limit }}' },
      covers: ['field'],
    },
    {
      when: 'account_update',
      emit: 'account.changed',
      requires: [],
      data: { status: '{{ body.value.event }}' },
      covers: ['field'],
    },
  ],
  receipts: [
    {
      when: 'status.delivered',
      state: 'delivered',
      messageId: '{{ body.id }}',
      data: { to: '{{ body.recipient_id | e164 }}' },
    },
    {
      when: 'status.read',
      state: 'read',
      messageId: '{{ body.id }}',
      data: { to: '{{ body.recipient_id | e164 }}' },
    },
    {
      when: 'status.failed',
      state: 'failed',
      messageId: '{{ body.id }}',
      code: '{{ body.errors.0.code | string }}',
      reason: '{{ body.errors.0.title }}',
      data: { to: '{{ body.recipient_id | e164 }}' },
    },
  ],
  ignores: ['status.sent'],
  busyStatus: 503,
  register: whatsappRegistration,
} as const satisfies WebhookDefinition
