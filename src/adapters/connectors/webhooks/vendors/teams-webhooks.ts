import { teamsRegistration } from '../registration/registrations-by-hand.ts'
import { signatureSchemes } from '../signatures/signature-schemes.ts'
import type { WebhookDefinition } from '../webhook-definition.ts'

const change = {
  resource: '{{ body.resource }}',
  resource_id: '{{ body.resourceData.id }}',
  change: '{{ body.changeType }}',
}
const covers = ['resource', 'resourceData', 'changeType']

/**
 * Microsoft Teams by change notifications of Graph. They are not signed: what was entered as `clientState` with the subscription stands
 * in each and proves who sent it. They are thin: what changed is to be fetched.
 */
export const teamsWebhooks = {
  schemes: signatureSchemes['graph-client-state'].schemes,
  keys: { clientState: { kind: 'secret', help: 'What the subscription was made with as clientState.' } },
  format: 'json',
  // Asked when a subscription is made, before anything can prove who asks.
  handshake: [{ kind: 'echo_query', method: 'POST', param: 'validationToken' }],
  split: { path: 'value.*' },
  sentAt: null,
  toleranceMs: 300_000,
  deliveryId: null,
  hashHorizonMs: 3_600_000,
  type: '{{ body.lifecycleEvent ?? body.changeType }}',
  account: [{ payload: '{{ body.tenantId }}', connection: 'tenantId', ignoreCase: true }],
  envelope: ['clientState', 'tenantId', 'subscriptionId', 'subscriptionExpirationDateTime'],
  events: [
    { when: 'created', emit: 'chat_message.created', requires: ['resource'], data: change, covers },
    { when: 'updated', emit: 'chat_message.updated', requires: ['resource'], data: change, covers },
    { when: 'deleted', emit: 'chat_message.deleted', requires: ['resource'], data: change, covers },
    ...(['reauthorizationRequired', 'subscriptionRemoved', 'missed'] as const).map((when) => ({
      when,
      emit: 'subscription.ending',
      requires: [],
      data: { subscription_id: '{{ body.subscriptionId }}', why: when },
      covers: ['lifecycleEvent'],
    })),
  ],
  busyStatus: 503,
  register: teamsRegistration,
} as const satisfies WebhookDefinition
