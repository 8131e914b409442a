import type { EventMapping, PayloadShape, WebhookDefinition } from '../webhook-definition.ts'
import { twilioRegistration } from '../registration/twilio-registration.ts'
import { signatureSchemes } from '../signatures/signature-schemes.ts'

const messageMembers = [
  'MessageSid',
  'SmsMessageSid',
  'SmsSid',
  'SmsStatus',
  'MessageStatus',
  'From',
  'To',
  'Body',
]

/** Where a call stands, by the vendor's word for it. */
const callStates = {
  queued: 'call.queued',
  initiated: 'call.started',
  ringing: 'call.ringing',
  'in-progress': 'call.answered',
  completed: 'call.completed',
  busy: 'call.missed',
  'no-answer': 'call.missed',
  failed: 'call.failed',
  canceled: 'call.cancelled',
} as const

const call = {
  call_id: '{{ body.CallSid }}',
  channel: 'voice',
  direction: '{{ body.Direction }}',
  from: '{{ body.From }}',
  to: '{{ body.To }}',
  status: '{{ body.CallStatus }}',
  duration_s: '{{ body.CallDuration | number }}',
  recording_url: '{{ body.RecordingUrl }}',
}

const callMembers = ['CallSid', 'Direction', 'From', 'To', 'CallStatus', 'CallDuration', 'RecordingUrl']

/** The lead is the other side: who called, or who was called. */
const calls: readonly EventMapping[] = Object.entries(callStates).flatMap(([status, emit]) =>
  (['inbound', 'outbound'] as const).map((way) => ({
    when: `call.${way}.${status}`,
    emit: way === 'inbound' && status === 'ringing' ? 'call.received' : emit,
    lead: way === 'inbound' ? '{{ body.From | e164 }}' : '{{ body.To | e164 }}',
    requires: ['CallSid'],
    data: call,
    covers: callMembers,
  })),
)

const callShapes: readonly PayloadShape[] = Object.keys(callStates).flatMap((status) => [
  { as: `call.inbound.${status}`, match: { CallStatus: status, Direction: 'inbound' }, isRegular: true },
  {
    as: `call.outbound.${status}`,
    match: { CallStatus: status, Direction: { oneOf: ['outbound-api', 'outbound-dial'] } },
    isRegular: true,
  },
])

/** Twilio messages and calls: forms, signed over the address as the vendor knows it, so the gateway's public one is configured. */
export const twilioWebhooks = {
  schemes: signatureSchemes.twilio.schemes,
  keys: { authToken: { kind: 'secret', help: "The account's auth token, which signs; not an API key." } },
  format: 'either',
  sentAt: null,
  toleranceMs: 300_000,
  deliveryId:
    '{{ body.MessageSid ?? body.SmsSid ?? body.CallSid }}:{{ body.MessageStatus ?? body.SmsStatus ?? body.CallStatus }}',
  hashHorizonMs: 86_400_000,
  type: '{{ body.MessageStatus ?? body.SmsStatus }}',
  account: [{ payload: '{{ body.AccountSid }}', connection: 'accountSid' }],
  envelope: ['AccountSid', 'ApiVersion'],
  events: [
    {
      when: 'received',
      emit: 'message.received',
      lead: '{{ body.From | e164 }}',
      requires: ['MessageSid', 'From'],
      data: {
        message_id: '{{ body.MessageSid }}',
        channel: 'sms',
        direction: 'inbound',
        from: '{{ body.From }}',
        to: '{{ body.To }}',
        text: '{{ body.Body }}',
      },
      covers: messageMembers,
      alike: {
        object: ['message/{{ body.MessageSid }}'],
        types: ['message.received'],
        compares: ['message_id'],
        identifies: ['message_id'],
        id: 'message_id',
      },
    },
    {
      when: 'canceled',
      emit: 'message.cancelled',
      requires: ['MessageSid'],
      data: { message_id: '{{ body.MessageSid }}', to: '{{ body.To }}' },
      covers: messageMembers,
    },
    ...calls,
  ],
  shapes: callShapes,
  receipts: [
    {
      when: 'delivered',
      state: 'delivered',
      messageId: '{{ body.MessageSid }}',
      data: { to: '{{ body.To }}' },
    },
    { when: 'read', state: 'read', messageId: '{{ body.MessageSid }}', data: { to: '{{ body.To }}' } },
    ...(['undelivered', 'failed'] as const).map((when) => ({
      when,
      state: 'failed' as const,
      messageId: '{{ body.MessageSid }}',
      code: '{{ body.ErrorCode | string }}',
      reason: '{{ body.ErrorMessage }}',
      data: { to: '{{ body.To }}' },
    })),
  ],
  ignores: ['accepted', 'scheduled', 'queued', 'sending', 'sent', 'receiving'],
  // It reads any text as what to answer the sender with: nothing.
  answer: {
    status: 200,
    contentType: 'text/xml; charset=utf-8',
    body: '<?xml version="1.0" encoding="UTF-8"?><Response></Response>',
  },
  busyStatus: 503,
  register: twilioRegistration,
} as const satisfies WebhookDefinition
