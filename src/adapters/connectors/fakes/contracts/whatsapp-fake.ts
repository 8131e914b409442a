import type { FakeContract, FakeReply } from '../fake-contract.ts'

const refused = (status: number, code: number, type: string, headers = {}): FakeReply => ({
  status,
  headers,
  body: { error: { message: '{{ problem }}', type, code, fbtrace_id: '{{ hex }}' } },
})

const kinds = ['text', 'image', 'video', 'audio', 'document', 'template']

/** WhatsApp Business Cloud: JSON, errors in `error`; nothing tells a repeat. */
export const whatsappFake: FakeContract = {
  connector: 'whatsapp',
  operations: {
    'message.send': {
      body: {
        required: ['messaging_product', 'to', 'type'],
        optional: ['recipient_type', 'context', ...kinds],
      },
      oneOf: [kinds],
      keeps: [
        {
          in: 'messages',
          id: 'wamid.{{ hex }}',
          record: { to: '{{ body.to }}', type: '{{ body.type }}', text: '{{ body.text.body }}' },
        },
      ],
      answer: {
        messaging_product: 'whatsapp',
        contacts: [{ input: '{{ body.to }}', wa_id: '{{ body.to }}' }],
        messages: [{ id: '{{ record.id }}', message_status: 'accepted' }],
      },
      receipt: 'delivered',
    },
    'message.mark_read': {
      when: { status: 'read' },
      body: { required: ['messaging_product', 'status', 'message_id'] },
      answer: { success: true },
    },
    'template.list': {
      query: { optional: ['fields', 'name', 'limit', 'after'] },
      answer: {
        data: [
          {
            name: 'hello_world',
            language: 'en_US',
            status: 'APPROVED',
            category: 'UTILITY',
            components: [{ type: 'BODY', text: 'Hello there' }],
          },
        ],
        paging: { cursors: {} },
      },
    },
    'account.check': {
      query: { optional: ['fields'] },
      answer: {
        id: '{{ path.phoneNumberId }}',
        display_phone_number: '+1 555-010-0000',
        verified_name: 'Fake business',
        quality_rating: 'GREEN',
      },
    },
  },
  refusals: {
    bad_request: refused(400, 100, 'OAuthException'),
    unauthorized: refused(401, 190, 'OAuthException'),
    not_found: refused(400, 100, 'GraphMethodException'),
    rate_limited: refused(429, 130429, 'OAuthException', { 'retry-after': '{{ wait_s }}' }),
    server_error: refused(500, 131000, 'OAuthException'),
  },
  receipts: {
    delivered: {
      format: 'json',
      payload: {
        object: 'whatsapp_business_account',
        entry: [
          {
            // Whose it is: the receiver refuses what is not its own.
            id: '{{ connection.businessAccountId }}',
            changes: [
              {
                field: 'messages',
                value: {
                  messaging_product: 'whatsapp',
                  metadata: {
                    display_phone_number: '15550100000',
                    phone_number_id: '{{ path.phoneNumberId }}',
                  },
                  statuses: [
                    {
                      id: '{{ record.id }}',
                      status: 'delivered',
                      timestamp: '{{ epoch }}',
                      recipient_id: '{{ record.to }}',
                    },
                  ],
                },
              },
            ],
          },
        ],
      },
    },
  },
}
