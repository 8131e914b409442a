import type { FakeContract, FakeReply } from '../fake-contract.ts'

const refused = (status: number, headers = {}): FakeReply => ({
  status,
  headers,
  body: { error: '{{ problem }}' },
})

/** A receiver of outgoing webhooks: wants the three headers of Standard Webhooks, and knows a repeat by webhook-id. */
export const webhookFake: FakeContract = {
  connector: 'webhook',
  operations: {
    'event.send': {
      body: { required: ['type'], optional: ['timestamp', 'data'] },
      keeps: [{ in: 'events', record: { type: '{{ body.type }}', data: '{{ body.data }}' } }],
      answer: { received: true },
    },
  },
  refusals: {
    bad_request: refused(400),
    unauthorized: refused(401),
    not_found: refused(404),
    rate_limited: refused(429, { 'retry-after': '{{ wait_s }}' }),
    server_error: refused(500),
  },
  repeats: { header: 'webhook-id' },
}
