import type { ReconcileDefinition } from '../reconcile/reconcile-definition.ts'
import type { AlikeRule, EventMapping } from '../webhooks/webhook-definition.ts'

/** The vendor's words for a message's channel where it is read, and in its webhooks. */
export const readChannels = {
  SMS: 'SMS',
  TYPE_SMS: 'SMS',
  Email: 'Email',
  TYPE_EMAIL: 'Email',
  WhatsApp: 'WhatsApp',
  TYPE_WHATSAPP: 'WhatsApp',
  CALL: 'CALL',
  TYPE_CALL: 'CALL',
  Live_Chat: 'Live_Chat',
  TYPE_LIVE_CHAT: 'Live_Chat',
} as const

const tellsOfContact = [
  'contact.created',
  'contact.updated',
  'contact.tags_changed',
  'contact.dnd_changed',
  'contact.changed',
]

// Webhooks do not say when a contact changed: what they say of it must tell, so everything counts that both ways may show.
const changed: AlikeRule = {
  object: ['contact/{{ body.id }}'],
  types: tellsOfContact,
  compares: [
    ...['first_name', 'last_name', 'email', 'phone', 'tags', 'assigned_to', 'custom', 'dnd', 'dnd_settings'],
    ...['address', 'city', 'state', 'postal_code', 'country', 'company', 'website', 'source'],
  ],
}

const created: AlikeRule = {
  object: ['contact/{{ body.id }}/created'],
  types: ['contact.created'],
  compares: ['contact_id'],
  id: 'contact_id',
}

// Not every payload has the message's id: then the conversation, the moment and the text stand for it.
const received: AlikeRule = {
  object: [
    'message/{{ body.messageId }}',
    'conversation/{{ body.conversationId }}/{{ body.dateAdded | epoch_ms }}',
  ],
  types: ['message.received'],
  compares: ['message_id', 'conversation_id', 'sent_at', 'text'],
  identifies: ['conversation_id', 'sent_at'],
  id: 'message_id',
}

const rules: Readonly<Record<string, AlikeRule>> = {
  ContactCreate: created,
  ContactUpdate: changed,
  ContactTagUpdate: changed,
  ContactDndUpdate: changed,
  Contact: changed,
  InboundMessage: received,
}

const messages = {
  take: { direction: 'inbound', messageType: { oneOf: Object.keys(readChannels) } },
  payload: {
    messageId: '{{ item.id }}',
    conversationId: '{{ item.conversationId }}',
    contactId: '{{ item.contactId }}',
    messageType: '{{ item.messageType | map:readChannels }}',
    body: '{{ item.body }}',
    from: '{{ item.from }}',
    to: '{{ item.to }}',
    attachments: '{{ item.attachments }}',
    status: '{{ item.status }}',
    userId: '{{ item.userId }}',
    dateAdded: '{{ item.dateAdded }}',
  },
  emits: [{ as: 'InboundMessage', at: 'dateAdded', key: 'message/{{ item.id }}' }],
} as const

/** The mappings with what is needed to know a change that a poll read too. */
export function withAlikes(events: readonly EventMapping[]): readonly EventMapping[] {
  return events.map((event) => {
    const alike = Object.hasOwn(rules, event.when) ? rules[event.when] : undefined
    return alike === undefined ? event : { ...event, alike }
  })
}

/**
 * The vendor sends a webhook again only after a 429, so each failure on the way loses one. What changed in a contact is not told by what
 * is read, so it comes as `contact.updated`. Deals and appointments cannot be asked for by when they changed.
 */
export const gohighlevelReconcile: ReconcileDefinition = {
  everyMs: 300_000,
  streams: [
    {
      name: 'contacts',
      operation: 'contact.search',
      input: {
        filters: [{ field: 'dateUpdated', operator: 'range', value: { gte: '{{ since | epoch_ms }}' } }],
        sort: [{ field: 'dateUpdated', direction: 'desc' }],
      },
      emits: [
        { as: 'ContactCreate', at: 'dateAdded', key: 'contact/{{ item.id }}/created' },
        { as: 'ContactUpdate', at: 'dateUpdated', key: 'contact/{{ item.id }}@{{ item.dateUpdated }}' },
      ],
    },
    { name: 'messages', operation: 'message.export', ...messages },
    { name: 'emails', operation: 'message.export', input: { channel: 'Email' }, ...messages },
  ],
}
