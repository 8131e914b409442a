import type { PayloadMatch, PayloadShape } from '../webhooks/webhook-definition.ts'

/**
 * GoHighLevel publishes examples without `type`, or with one that is no event's name. What they are about is plain from their
 * members; whether it was made, changed or deleted is not, so they become `….changed`. Messages without a type say themselves which
 * way they went; one with a type is what the type says, for the examples contradict themselves there.
 */
export const gohighlevelShapes: readonly PayloadShape[] = [
  shape('Invoice', ['_id', 'invoiceNumber', 'contactDetails', 'amountPaid']),
  shape('Product', ['_id', 'productType', 'availableInStore']),
  shape('Price', ['_id', 'product', 'currency', 'amount']),
  shape('Association', ['id', 'associationType', 'firstObjectKey', 'secondObjectKey']),
  shape('Relation', ['id', 'associationId', 'firstRecordId', 'secondRecordId']),
  shape('Record', ['id', 'owners', 'followers', 'properties'], { properties: { type: 'list' } }),
  shape('ObjectSchema', ['key', 'labels', 'primaryDisplayProperty']),
  shape('User', ['id', 'firstName', 'lastName', 'role', 'permissions']),
  { ...shape('User', ['id', 'firstName', 'lastName', 'role', 'permissions']), corrects: ['string'] },
  shape('Opportunity', ['id', 'contactId', 'pipelineId', 'pipelineStageId', 'status']),
  shape('Appointment', ['appointment.id', 'appointment.calendarId', 'appointment.startTime']),
  shape('Contact', ['id', 'firstName', 'lastName', 'dateAdded'], {
    role: { exists: false },
    contactId: { exists: false },
  }),
  // Their `type` is the channel.
  { ...shape('ProviderOutboundMessage', ['messageId', 'contactId', 'phone', 'message']), corrects: ['SMS'] },
  { ...shape('ProviderOutboundMessage', ['messageId', 'contactId', 'emailTo', 'html']), corrects: ['Email'] },
  shape('InboundMessage', ['contactId', 'conversationId', 'messageType'], { direction: 'inbound' }),
  shape('OutboundMessage', ['contactId', 'conversationId', 'messageType'], { direction: 'outbound' }),
]

function shape(as: string, members: readonly string[], more: PayloadMatch = {}): PayloadShape {
  return { as, match: { ...Object.fromEntries(members.map((path) => [path, { exists: true }])), ...more } }
}
