import { gohighlevelEvents } from '../../../../adapters/connectors/payloads/gohighlevel-events.ts'
import type { JsonObject } from '../../../../kernel/json.ts'
import { connectionText } from '../sample.ts'
import type { Sample, SampleContext } from '../sample.ts'

type Made = (context: SampleContext) => JsonObject

const person = { firstName: 'Ada', lastName: 'Example', email: 'ada@example.com', phone: '+15005550100' }
const contactId = 'contact-1'
const date = ({ now }: SampleContext): string => now.toISOString()
const later = ({ now }: SampleContext, ms: number): string => new Date(now.getTime() + ms).toISOString()

const contact: Made = (context) => ({
  id: contactId,
  ...person,
  name: 'Ada Example',
  country: 'US',
  source: 'website form',
  tags: ['new'],
  dateAdded: date(context),
})

const message =
  (direction: string, status: string): Made =>
  (context) => ({
    contactId,
    conversationId: 'conversation-1',
    messageId: `message-${context.id}`,
    messageType: 'SMS',
    direction,
    body: 'Hello, what does it cost?',
    attachments: [],
    status,
    contentType: 'text/plain',
    dateAdded: date(context),
  })

const deal: Made = (context) => ({
  id: 'deal-1',
  contactId,
  name: 'Example deal',
  monetaryValue: 1_200,
  pipelineId: 'pipeline-1',
  pipelineStageId: 'stage-1',
  status: 'open',
  assignedTo: 'user-1',
  source: 'website form',
  dateAdded: date(context),
})

const appointment: Made = (context) => ({
  appointment: {
    id: 'appointment-1',
    contactId,
    calendarId: 'calendar-1',
    title: 'First call',
    appointmentStatus: 'confirmed',
    assignedUserId: 'user-1',
    startTime: later(context, 86_400_000),
    endTime: later(context, 88_200_000),
    dateAdded: date(context),
  },
})

const invoice: Made = () => ({
  _id: 'invoice-1',
  invoiceNumber: '1001',
  name: 'Example invoice',
  status: 'sent',
  currency: 'USD',
  total: 99,
  amountPaid: 0,
  contactDetails: { id: contactId, name: 'Ada Example', email: person.email },
})

/** By what a canonical event begins with. */
const madeOf: Readonly<Record<string, Made>> = {
  contact,
  deal,
  appointment,
  invoice,
  'message.received': message('inbound', 'delivered'),
  'message.sent': message('outbound', 'sent'),
  'message.requested': (context) => ({
    messageId: `message-${context.id}`,
    contactId,
    phone: person.phone,
    message: 'See you tomorrow.',
    attachments: [],
    userId: 'user-1',
  }),
  conversation: () => ({ id: 'conversation-1', contactId, unreadCount: 1 }),
  note: (context) => ({ id: 'note-1', contactId, body: 'Prefers mornings.', dateAdded: date(context) }),
  task: (context) => ({
    id: 'task-1',
    contactId,
    title: 'Call back',
    body: 'Asked for a call.',
    assignedTo: 'user-1',
    dueDate: later(context, 86_400_000),
    dateAdded: date(context),
  }),
  order: () => ({ _id: 'order-1', contactId, status: 'completed', currency: 'USD', amount: 49 }),
  campaign: () => ({ id: 'campaign-1', contactId, status: 'running' }),
  location: (context) => ({
    id: connectionText(context, 'locationId'),
    name: 'Example location',
    email: 'office@example.com',
  }),
  user: () => ({ id: 'user-1', firstName: 'Max', lastName: 'Example', role: 'user', permissions: {} }),
  app: () => ({ appId: 'app-1', planId: 'plan-1', userId: 'user-1' }),
  product: () => ({ _id: 'product-1', name: 'Example', productType: 'SERVICE', availableInStore: true }),
  price: () => ({ _id: 'price-1', product: 'product-1', name: 'Monthly', currency: 'USD', amount: 49 }),
  association: () => ({
    id: 'association-1',
    key: 'owner',
    associationType: 'USER_DEFINED',
    firstObjectKey: 'contact',
    secondObjectKey: 'custom_objects.pet',
  }),
  relation: () => ({
    id: 'relation-1',
    associationId: 'association-1',
    firstObjectKey: 'contact',
    firstRecordId: contactId,
    secondObjectKey: 'custom_objects.pet',
    secondRecordId: 'record-1',
  }),
  record: () => ({ id: 'record-1', owners: ['user-1'], followers: [], properties: [] }),
  object_schema: () => ({
    key: 'custom_objects.pet',
    labels: { singular: 'Pet', plural: 'Pets' },
    primaryDisplayProperty: 'custom_objects.pet.name',
  }),
}

/** The vendor publishes these without a type; they are known by their shape. */
const typeless = /^(?:\w+)\.changed$/

/** The type that is wrong in the vendor's own examples. */
const typeOf = (when: string, event: string): JsonObject =>
  typeless.test(event) ? {} : { type: event === 'message.requested' ? 'SMS' : when }

/** One for every event that comes of GoHighLevel's webhooks. */
export const gohighlevelSamples: readonly Sample[] = gohighlevelEvents.flatMap(({ when, emit }, index) => {
  const repeated = gohighlevelEvents.findIndex((one) => one.emit === emit) !== index
  const made = madeOf[emit] ?? madeOf[emit.slice(0, emit.indexOf('.'))]
  if (repeated || made === undefined) return []
  return {
    event: emit,
    vendorName: when,
    needs: ['locationId'],
    format: 'json' as const,
    make: (context: SampleContext) => ({
      ...typeOf(when, emit),
      locationId: connectionText(context, 'locationId'),
      webhookId: context.id,
      timestamp: date(context),
      ...made(context),
    }),
  }
})
