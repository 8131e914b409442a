import type { FakeContract, FakeReply } from '../fake-contract.ts'

const refused = (statusCode: number, name: string, headers = {}): FakeReply => ({
  status: statusCode,
  headers,
  body: { statusCode, name, message: '{{ problem }}' },
})

/** Resend: knows a repeat by Idempotency-Key, and refuses the same key with another content. */
export const resendFake: FakeContract = {
  connector: 'resend',
  operations: {
    'message.send': {
      body: {
        required: ['from', 'to'],
        optional: [
          'subject',
          'text',
          'html',
          'reply_to',
          'template',
          'headers',
          'tags',
          'attachments',
          'scheduled_at',
        ],
      },
      oneOf: [
        ['subject', 'template'],
        ['text', 'html', 'template'],
      ],
      keeps: [
        {
          in: 'messages',
          id: '{{ uuid }}',
          record: {
            from: '{{ body.from }}',
            to: '{{ body.to }}',
            subject: '{{ body.subject }}',
            last_event: 'delivered',
            created_at: '{{ now }}',
          },
        },
      ],
      answer: { id: '{{ record.id }}' },
      receipt: 'delivered',
    },
    'message.get': {
      finds: { in: 'messages', by: { id: '{{ path.message_id }}' }, absent: 'not_found' },
      answer: {
        object: 'email',
        id: '{{ record.id }}',
        from: '{{ record.from }}',
        to: '{{ record.to }}',
        subject: '{{ record.subject }}',
        last_event: '{{ record.last_event }}',
        created_at: '{{ record.created_at }}',
      },
    },
    'message.cancel': {
      finds: { in: 'messages', by: { id: '{{ path.message_id }}' }, absent: 'not_found' },
      answer: { object: 'email', id: '{{ record.id }}' },
    },
    'domain.list': {
      answer: {
        object: 'list',
        data: [{ id: '4d1c6f6e-0000-4000-8000-000000000001', name: 'example.com', status: 'verified' }],
      },
    },
  },
  refusals: {
    bad_request: refused(422, 'validation_error'),
    unauthorized: refused(401, 'invalid_api_key'),
    not_found: refused(404, 'not_found'),
    rate_limited: refused(429, 'rate_limit_exceeded', { 'retry-after': '{{ wait_s }}' }),
    server_error: refused(500, 'application_error'),
  },
  repeats: { header: 'idempotency-key', conflict: refused(409, 'invalid_idempotent_request') },
  receipts: {
    delivered: {
      format: 'json',
      payload: {
        type: 'email.delivered',
        created_at: '{{ now }}',
        data: {
          email_id: '{{ record.id }}',
          from: '{{ record.from }}',
          to: '{{ record.to }}',
          subject: '{{ record.subject }}',
          created_at: '{{ record.created_at }}',
        },
      },
    },
  },
}
