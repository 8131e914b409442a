import type { FakeContract, FakeOperation, FakeReply } from '../fake-contract.ts'

const refused = (status: number, code: string, headers = {}): FakeReply => ({
  status,
  headers,
  body: { error: { code, message: '{{ problem }}' } },
})

const posting: FakeOperation = {
  body: { required: ['body'], optional: ['subject', 'importance'] },
  keeps: [
    {
      in: 'messages',
      id: '{{ epoch_ms }}',
      record: {
        content: '{{ body.body.content }}',
        contentType: '{{ body.body.contentType }}',
        subject: '{{ body.subject }}',
        createdDateTime: '{{ now }}',
      },
    },
  ],
  status: 201,
  answer: {
    id: '{{ record.id }}',
    messageType: 'message',
    createdDateTime: '{{ record.createdDateTime }}',
    subject: '{{ record.subject }}',
    webUrl: 'https://teams.example/l/message/{{ record.id }}',
    body: { contentType: '{{ record.contentType }}', content: '{{ record.content }}' },
  },
}

/** Microsoft Teams by Graph: tokens of a person; nothing tells a repeat. */
export const teamsFake: FakeContract = {
  connector: 'teams',
  operations: {
    'message.send': posting,
    'message.reply': posting,
    'chat.send': posting,
    'channel.list': {
      answer: {
        value: [{ id: '19:fake-general@thread.tacv2', displayName: 'General', membershipType: 'standard' }],
      },
    },
    'account.check': {
      answer: {
        id: '00000000-0000-4000-8000-00000000face',
        displayName: 'Fay Fake',
        userPrincipalName: 'fay@example.com',
      },
    },
  },
  refusals: {
    bad_request: refused(400, 'BadRequest'),
    unauthorized: refused(401, 'InvalidAuthenticationToken'),
    not_found: refused(404, 'NotFound'),
    rate_limited: refused(429, 'TooManyRequests', { 'retry-after': '{{ wait_s }}' }),
    server_error: refused(500, 'InternalServerError'),
  },
  token: { expiresInS: 3_599 },
}

/** A Teams workflow: answers 202 before anything is posted, without a word. */
export const teamsWorkflowFake: FakeContract = {
  connector: 'teams-workflow',
  operations: {
    'message.send': {
      body: { required: ['type', 'attachments'] },
      query: { required: ['api-version', 'sp', 'sv', 'sig'] },
      keeps: [{ in: 'messages', record: { attachments: '{{ body.attachments }}' } }],
      status: 202,
      answer: null,
    },
  },
  refusals: teamsFake.refusals,
}
