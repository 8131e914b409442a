import type { JsonObject } from '../../../kernel/json.ts'
import type { EventMapping } from '../webhooks/webhook-definition.ts'
import { kinds } from './event-kinds.ts'
import { gohighlevelObjectEvents } from './gohighlevel-object-events.ts'
import { withAlikes } from './gohighlevel-reconcile.ts'

/**
 * GoHighLevel's webhooks in canonical words. A mapping names every member it covers; what it does not cover is kept under
 * `extra`, so that a field the vendor adds is never lost.
 */
const contact: JsonObject = {
  contact_id: '{{ body.id }}',
  name: '{{ body.name ?? body.firstName }}',
  first_name: '{{ body.firstName }}',
  last_name: '{{ body.lastName }}',
  email: '{{ body.email | trim | lower }}',
  phone: '{{ body.phone }}',
  address: '{{ body.address1 }}',
  city: '{{ body.city }}',
  state: '{{ body.state }}',
  postal_code: '{{ body.postalCode }}',
  country: '{{ body.country }}',
  company: '{{ body.companyName }}',
  website: '{{ body.website }}',
  source: '{{ body.source }}',
  date_of_birth: '{{ body.dateOfBirth }}',
  tags: '{{ body.tags }}',
  assigned_to: '{{ body.assignedTo }}',
  dnd: '{{ body.dnd }}',
  dnd_settings: '{{ body.dndSettings }}',
  added_at: '{{ body.dateAdded }}',
  custom: '{{ body.customFields | entries:id,value }}',
}

const deal: JsonObject = {
  deal_id: '{{ body.id }}',
  contact_id: '{{ body.contactId }}',
  name: '{{ body.name }}',
  value: '{{ body.monetaryValue }}',
  pipeline_id: '{{ body.pipelineId }}',
  stage_id: '{{ body.pipelineStageId }}',
  status: '{{ body.status }}',
  assigned_to: '{{ body.assignedTo }}',
  source: '{{ body.source }}',
  added_at: '{{ body.dateAdded }}',
}

const message: JsonObject = {
  message_id: '{{ body.messageId }}',
  conversation_id: '{{ body.conversationId }}',
  contact_id: '{{ body.contactId }}',
  channel: '{{ body.messageType | lower }}',
  text: '{{ body.body }}',
  subject: '{{ body.subject }}',
  from: '{{ body.from }}',
  to: '{{ body.to }}',
  attachments: '{{ body.attachments }}',
  status: '{{ body.status }}',
  user_id: '{{ body.userId }}',
  sent_at: '{{ body.dateAdded }}',
}

const appointment: JsonObject = {
  appointment_id: '{{ body.appointment.id }}',
  contact_id: '{{ body.appointment.contactId }}',
  calendar_id: '{{ body.appointment.calendarId }}',
  title: '{{ body.appointment.title }}',
  status: '{{ body.appointment.appointmentStatus }}',
  assigned_to: '{{ body.appointment.assignedUserId }}',
  starts_at: '{{ body.appointment.startTime }}',
  ends_at: '{{ body.appointment.endTime }}',
  address: '{{ body.appointment.address }}',
  notes: '{{ body.appointment.notes }}',
  source: '{{ body.appointment.source }}',
  users: '{{ body.appointment.users }}',
  group_id: '{{ body.appointment.groupId }}',
  added_at: '{{ body.appointment.dateAdded }}',
  updated_at: '{{ body.appointment.dateUpdated }}',
}

const note: JsonObject = {
  note_id: '{{ body.id }}',
  contact_id: '{{ body.contactId }}',
  text: '{{ body.body }}',
  added_at: '{{ body.dateAdded }}',
}

const task: JsonObject = {
  task_id: '{{ body.id }}',
  contact_id: '{{ body.contactId }}',
  title: '{{ body.title }}',
  text: '{{ body.body }}',
  assigned_to: '{{ body.assignedTo }}',
  due_at: '{{ body.dueDate }}',
  added_at: '{{ body.dateAdded }}',
}

const invoice: JsonObject = {
  invoice_id: '{{ body._id }}',
  contact_id: '{{ body.contactDetails.id }}',
  number: '{{ body.invoiceNumber }}',
  name: '{{ body.name }}',
  status: '{{ body.status }}',
  currency: '{{ body.currency }}',
  total: '{{ body.total }}',
  paid: '{{ body.amountPaid }}',
  contact: '{{ body.contactDetails }}',
}

const order: JsonObject = {
  order_id: '{{ body._id }}',
  contact_id: '{{ body.contactId }}',
  status: '{{ body.status }}',
  currency: '{{ body.currency }}',
  amount: '{{ body.amount }}',
}

const location: JsonObject = {
  location_id: '{{ body.id }}',
  name: '{{ body.name }}',
  email: '{{ body.email }}',
}
const user: JsonObject = {
  user_id: '{{ body.id }}',
  first_name: '{{ body.firstName }}',
  last_name: '{{ body.lastName }}',
  email: '{{ body.email }}',
  role: '{{ body.role }}',
}
const app: JsonObject = {
  app_id: '{{ body.appId }}',
  plan_id: '{{ body.planId }}',
  user_id: '{{ body.userId }}',
}

const contactLead = '{{ body.id }}'
const payloadLead = '{{ body.contactId }}'

export const gohighlevelEvents: readonly EventMapping[] = withAlikes([
  ...kinds(contact, contactLead, {
    ContactCreate: 'contact.created',
    ContactUpdate: 'contact.updated',
    ContactDelete: 'contact.deleted',
    ContactTagUpdate: 'contact.tags_changed',
    ContactDndUpdate: 'contact.dnd_changed',
    Contact: 'contact.changed',
  }),
  ...kinds({ ...message, direction: 'inbound' }, payloadLead, { InboundMessage: 'message.received' }),
  ...kinds({ ...message, direction: 'outbound' }, payloadLead, { OutboundMessage: 'message.sent' }),
  ...kinds(
    { conversation_id: '{{ body.id }}', unread: '{{ body.unreadCount }}', contact_id: payloadLead },
    payloadLead,
    {
      ConversationUnreadUpdate: 'conversation.unread_changed',
      ConversationUnreadWebhook: 'conversation.unread_changed',
    },
  ),
  ...kinds(deal, payloadLead, {
    OpportunityCreate: 'deal.created',
    OpportunityUpdate: 'deal.updated',
    OpportunityDelete: 'deal.deleted',
    OpportunityStageUpdate: 'deal.stage_changed',
    OpportunityStatusUpdate: 'deal.status_changed',
    OpportunityMonetaryValueUpdate: 'deal.value_changed',
    OpportunityAssignedToUpdate: 'deal.assigned',
    Opportunity: 'deal.changed',
  }),
  ...kinds(appointment, '{{ body.appointment.contactId }}', {
    AppointmentCreate: 'appointment.booked',
    AppointmentUpdate: 'appointment.updated',
    AppointmentDelete: 'appointment.deleted',
    Appointment: 'appointment.changed',
  }),
  ...kinds(note, payloadLead, {
    NoteCreate: 'note.created',
    NoteUpdate: 'note.updated',
    NoteDelete: 'note.deleted',
  }),
  ...kinds(task, payloadLead, {
    TaskCreate: 'task.created',
    TaskComplete: 'task.completed',
    TaskDelete: 'task.deleted',
  }),
  ...kinds(invoice, '{{ body.contactDetails.id }}', {
    InvoiceCreate: 'invoice.created',
    InvoiceUpdate: 'invoice.updated',
    InvoiceDelete: 'invoice.deleted',
    InvoiceSent: 'invoice.sent',
    InvoicePaid: 'invoice.paid',
    InvoicePartiallyPaid: 'invoice.partially_paid',
    InvoiceVoid: 'invoice.voided',
    Invoice: 'invoice.changed',
  }),
  ...kinds(order, payloadLead, { OrderCreate: 'order.created', OrderStatusUpdate: 'order.status_changed' }),
  ...kinds(
    { campaign_id: '{{ body.id }}', status: '{{ body.status }}', contact_id: payloadLead },
    payloadLead,
    {
      CampaignStatusUpdate: 'campaign.status_changed',
    },
  ),
  ...kinds(location, undefined, { LocationCreate: 'location.created', LocationUpdate: 'location.updated' }),
  ...kinds(user, undefined, { UserCreate: 'user.created', UserUpdate: 'user.updated', User: 'user.changed' }),
  ...kinds(app, undefined, {
    INSTALL: 'app.installed',
    UNINSTALL: 'app.uninstalled',
    PLAN_CHANGE: 'app.plan_changed',
  }),
  ...gohighlevelObjectEvents,
])
