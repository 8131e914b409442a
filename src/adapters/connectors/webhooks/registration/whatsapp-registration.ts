import type { WebhookRegistration } from './webhook-registration.ts'

/**
 * The app's subscription to the business account, with an address for this account alone: the app's other accounts keep theirs. Meta asks
 * the address for the verify token while it is set, so a daemon must run. Which app of several is ours it does not say: another
 * app's address counts as one that would be overwritten. Remembered.
 */
export const whatsappRegistration: WebhookRegistration = {
  kind: 'api',
  holds: 'one',
  needs: {
    connection: 'businessAccountId',
    says: 'Write into `connection.businessAccountId` the id of the WhatsApp business account. The fields that are sent (messages) are chosen in the app: WhatsApp, Configuration.',
  },
  list: {
    method: 'GET',
    path: '/{{ connection.businessAccountId }}/subscribed_apps',
    effect: 'read',
    requires: ['connection.businessAccountId'],
  },
  items: 'data',
  more: 'paging.next',
  entry: { addresses: ['override_callback_uri'], unset: "the app's own address" },
  set: {
    method: 'POST',
    path: '/{{ connection.businessAccountId }}/subscribed_apps',
    effect: 'update',
    requires: ['connection.businessAccountId', 'input.address', 'input.verify_token'],
    body: { override_callback_uri: '{{ input.address }}', verify_token: '{{ input.verify_token }}' },
  },
  remove: {
    method: 'DELETE',
    path: '/{{ connection.businessAccountId }}/subscribed_apps',
    effect: 'delete',
    requires: ['connection.businessAccountId'],
  },
  keys: { verify_token: 'verifyToken' },
}
