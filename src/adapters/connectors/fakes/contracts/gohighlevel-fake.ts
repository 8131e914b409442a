import type { FakeContract, FakeReply } from '../fake-contract.ts'
import { gohighlevelFakeRecords } from './gohighlevel-fake-records.ts'

const refused = (statusCode: number, headers = {}): FakeReply => ({
  status: statusCode,
  headers,
  body: { statusCode, message: '{{ problem }}' },
})

/**
 * GoHighLevel: nothing tells a repeat. A contact that was never upserted is made when it is first named, for real ones come by
 * webhook.
 */
export const gohighlevelFake: FakeContract = {
  connector: 'gohighlevel',
  operations: gohighlevelFakeRecords,
  refusals: {
    bad_request: refused(400),
    unauthorized: { status: 401, body: { statusCode: 401, message: '{{ problem }}', error: 'Unauthorized' } },
    not_found: refused(400),
    rate_limited: refused(429, {
      'x-ratelimit-interval-milliseconds': '{{ wait_ms }}',
      'x-ratelimit-remaining': '0',
    }),
    server_error: refused(500),
  },
  token: {
    expiresInS: 86_399,
    more: {
      userType: 'Location',
      userId: 'fake-user',
      companyId: 'fake-company',
      locationId: '{{ query.locationId }}',
    },
  },
  receipts: {
    delivered: {
      format: 'json',
      payload: {
        type: 'OutboundMessage',
        locationId: '{{ connection.locationId }}',
        webhookId: '{{ uuid }}',
        timestamp: '{{ now }}',
        contactId: '{{ record.contactId }}',
        conversationId: '{{ record.conversationId }}',
        messageId: '{{ record.id }}',
        messageType: '{{ body.type }}',
        direction: 'outbound',
        body: '{{ record.body }}',
        attachments: [],
        status: 'delivered',
        contentType: 'text/plain',
        dateAdded: '{{ now }}',
      },
    },
  },
}
