import type { FakeKeep, FakeOperation } from '../fake-contract.ts'

const versions = { version: ['2021-07-28', 'v3'] }
const olderVersions = { version: ['2021-04-15', 'v3'] }

/** The contact that a path or body names; made when it is not there. */
const named = (id: string): FakeKeep => ({ in: 'contacts', id, record: {} })

const dealStatus = 'open|won|lost|abandoned|all'
const moment = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d.*'

const contactFields = [
  'firstName',
  'lastName',
  'name',
  'email',
  'phone',
  'address1',
  'city',
  'state',
  'postalCode',
  'country',
  'timezone',
  'website',
  'companyName',
  'source',
  'tags',
  'assignedTo',
  'customFields',
]

const contact = Object.fromEntries(
  ['locationId', ...contactFields].map((name) => [name, `{{ body.${name} }}`]),
)
const note = Object.fromEntries(
  ['body', 'title', 'userId', 'pinned'].map((name) => [name, `{{ body.${name} }}`]),
)
const taskFields = ['title', 'body', 'dueDate', 'completed', 'assignedTo']
const task = Object.fromEntries(taskFields.map((name) => [name, `{{ body.${name} }}`]))
const dealFields = ['name', 'status', 'pipelineStageId', 'monetaryValue', 'assignedTo']
const deal = Object.fromEntries(['pipelineId', ...dealFields].map((name) => [name, `{{ body.${name} }}`]))
const appointmentFields = [
  'title',
  'meetingLocationType',
  'appointmentStatus',
  'assignedUserId',
  'address',
  'startTime',
  'endTime',
]

/** GoHighLevel's operations. Fields as in its description; what is more or less is said in the conformance test of fakes. */
export const gohighlevelFakeRecords: Readonly<Record<string, FakeOperation>> = {
  'contact.upsert': {
    headers: versions,
    body: { required: ['locationId'], optional: contactFields },
    keeps: [
      {
        in: 'contacts',
        sameBy: ['email', 'phone'],
        record: { ...contact, dateAdded: '{{ now }}' },
      },
    ],
    answer: { new: '{{ created }}', contact: '{{ record }}', traceId: '{{ uuid }}' },
  },
  'tag.add': {
    headers: versions,
    body: { required: ['tags'] },
    keeps: [
      {
        in: 'contacts',
        id: '{{ path.contact_id }}',
        grows: ['tags'],
        record: { tags: '{{ body.tags }}' },
      },
    ],
    status: 201,
    answer: { tags: '{{ record.tags }}', tagsAdded: '{{ body.tags }}' },
  },
  'message.send': {
    headers: olderVersions,
    forms: { type: 'SMS|RCS|Email|WhatsApp|IG|FB|Custom|Live_Chat|TIKTOK' },
    body: {
      required: ['type', 'contactId'],
      optional: [
        'message',
        'subject',
        'html',
        'toNumber',
        'emailTo',
        'fromNumber',
        'templateId',
        'attachments',
      ],
    },
    keeps: [
      {
        in: 'messages',
        id: 'message-{{ hex }}',
        record: {
          type: 2,
          messageType: 'TYPE_{{ body.type | upper }}',
          contactId: '{{ body.contactId }}',
          conversationId: 'conversation-of-{{ body.contactId }}',
          locationId: 'fake-location',
          dateAdded: '{{ now }}',
          body: '{{ body.message ?? body.html | default: }}',
          direction: 'outbound',
          status: 'delivered',
          contentType: 'text/plain',
          source: 'api',
        },
      },
      {
        in: 'conversations',
        id: 'conversation-of-{{ body.contactId }}',
        record: {
          contactId: '{{ body.contactId }}',
          lastMessageBody: '{{ body.message ?? body.html | default: }}',
          unreadCount: 0,
        },
      },
    ],
    answer: {
      conversationId: '{{ record.conversationId }}',
      messageId: '{{ record.id }}',
      status: 'pending',
    },
    receipt: 'delivered',
  },
  'deal.update': {
    headers: versions,
    forms: { status: dealStatus },
    body: { optional: ['pipelineId', ...dealFields] },
    keeps: [{ in: 'deals', id: '{{ path.deal_id }}', record: deal }],
    answer: { opportunity: '{{ record }}' },
  },
  'deal.upsert': {
    headers: versions,
    forms: { status: dealStatus },
    body: { required: ['pipelineId', 'locationId'], optional: ['id', 'contactId', ...dealFields] },
    keeps: [
      { in: 'deals', id: '{{ body.id ?? id }}', record: { ...deal, contactId: '{{ body.contactId }}' } },
    ],
    answer: { opportunity: '{{ record }}', new: '{{ created }}' },
  },
  'contact.get': {
    headers: versions,
    finds: { in: 'contacts', by: { id: '{{ path.contact_id }}' }, absent: 'not_found' },
    answer: { contact: '{{ record }}' },
  },
  'contact.find': {
    headers: versions,
    query: { required: ['locationId'], optional: ['email', 'number'] },
    finds: {
      in: 'contacts',
      by: { email: '{{ query.email }}', phone: '{{ query.number }}' },
      absent: 'empty',
    },
    answer: { contact: '{{ record }}', traceId: '{{ uuid }}' },
  },
  'account.check': {
    headers: versions,
    when: { email: 'nobody@neuronx.invalid' },
    query: { required: ['locationId', 'email'] },
    answer: { contact: null, traceId: '{{ uuid }}' },
  },
  'contact.search': {
    headers: versions,
    body: { required: ['locationId'], optional: ['query', 'filters', 'sort', 'page', 'pageLimit'] },
    lists: {
      in: 'contacts',
      by: {},
      pages: { in: 'body', param: 'page', counts: 'pages', size: 'pageLimit', sizeDefault: 20 },
    },
    answer: { contacts: '{{ items }}', total: '{{ total }}' },
  },
  'note.add': {
    headers: versions,
    body: { required: ['body'], optional: ['title', 'userId', 'pinned'] },
    keeps: [
      { in: 'notes', record: { ...note, contactId: '{{ path.contact_id }}', dateAdded: '{{ now }}' } },
      named('{{ path.contact_id }}'),
    ],
    status: 201,
    answer: { note: '{{ record }}' },
  },
  'task.create': {
    headers: versions,
    forms: { dueDate: moment },
    body: { required: ['title', 'dueDate', 'completed'], optional: ['body', 'assignedTo'] },
    keeps: [
      { in: 'tasks', record: { ...task, contactId: '{{ path.contact_id }}' } },
      named('{{ path.contact_id }}'),
    ],
    status: 201,
    answer: { task: '{{ record }}' },
  },
  'task.update': {
    headers: versions,
    body: { optional: taskFields },
    keeps: [
      {
        in: 'tasks',
        id: '{{ path.task_id }}',
        record: { ...task, contactId: '{{ path.contact_id }}' },
      },
    ],
    answer: { task: '{{ record }}' },
  },
  'appointment.book': {
    headers: olderVersions,
    forms: { startTime: moment, endTime: moment },
    body: {
      required: ['calendarId', 'locationId', 'contactId', 'startTime'],
      optional: [
        'endTime',
        'title',
        'description',
        'address',
        'meetingLocationType',
        'appointmentStatus',
        'assignedUserId',
        'toNotify',
      ],
    },
    keeps: [
      {
        in: 'appointments',
        record: Object.fromEntries(
          ['calendarId', 'locationId', 'contactId', ...appointmentFields].map((name) => [
            name,
            `{{ body.${name} }}`,
          ]),
        ),
      },
    ],
    answer: '{{ record }}',
  },
  'workflow.enroll': {
    headers: versions,
    body: { optional: ['eventStartTime'] },
    keeps: [{ in: 'enrolments', record: { workflowId: '{{ path.workflow_id }}' } }],
    // The vendor writes it so.
    answer: { succeded: true },
  },
  'conversation.search': {
    headers: olderVersions,
    query: { required: ['locationId'], optional: ['contactId', 'status', 'limit'] },
    lists: { in: 'conversations', by: { contactId: '{{ query.contactId }}' } },
    answer: {
      conversations: {
        $each: 'items',
        as: 'one',
        do: {
          id: '{{ one.id }}',
          contactId: '{{ one.contactId }}',
          locationId: '{{ query.locationId }}',
          lastMessageBody: '{{ one.lastMessageBody }}',
          lastMessageType: 'TYPE_SMS',
          type: 'TYPE_PHONE',
          unreadCount: '{{ one.unreadCount }}',
          fullName: '',
          contactName: '',
          email: '',
          phone: '',
        },
      },
      total: '{{ total }}',
    },
  },
  'conversation.messages': {
    headers: olderVersions,
    query: { optional: ['lastMessageId', 'limit', 'type'] },
    lists: { in: 'messages', by: { conversationId: '{{ path.conversation_id }}' } },
    answer: {
      messages: { messages: '{{ items }}', nextPage: false, lastMessageId: '{{ items.0.id | default: }}' },
    },
  },
  'message.export': {
    headers: olderVersions,
    query: {
      required: ['locationId'],
      optional: ['channel', 'conversationId', 'contactId', 'limit', 'cursor', 'startDate', 'endDate'],
    },
    lists: {
      in: 'messages',
      by: { conversationId: '{{ query.conversationId }}', contactId: '{{ query.contactId }}' },
      pages: { in: 'query', param: 'cursor', counts: 'items', size: 'limit', sizeDefault: 10 },
    },
    answer: { messages: '{{ items }}', nextCursor: '{{ next }}', total: '{{ total }}' },
  },
}
