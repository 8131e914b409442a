import type { WebhookRegistration } from './webhook-registration.ts'

const events = [
  'email.delivered',
  'email.delivery_delayed',
  'email.bounced',
  'email.failed',
  'email.complained',
  'email.opened',
  'email.clicked',
]

/** An endpoint of the account. The vendor makes up the signing secret, and tells it when the endpoint is made. Remembered. */
export const resendRegistration: WebhookRegistration = {
  kind: 'api',
  holds: 'many',
  list: { method: 'GET', path: '/webhooks', effect: 'read', query: { limit: 100 } },
  items: 'data',
  more: 'has_more',
  entry: {
    id: 'id',
    addresses: ['endpoint'],
    wants: { events, status: 'enabled' },
    createdAt: 'created_at',
  },
  set: {
    method: 'POST',
    path: '/webhooks',
    effect: 'create',
    requires: ['input.address'],
    body: { endpoint: '{{ input.address }}', events },
  },
  change: {
    method: 'PATCH',
    path: '/webhooks/{{ input.id }}',
    effect: 'update',
    requires: ['input.id', 'input.address'],
    body: { endpoint: '{{ input.address }}', events, status: 'enabled' },
  },
  remove: {
    method: 'DELETE',
    path: '/webhooks/{{ input.id }}',
    effect: 'delete',
    requires: ['input.id'],
  },
  secret: { path: 'signing_secret', key: 'secret' },
}
