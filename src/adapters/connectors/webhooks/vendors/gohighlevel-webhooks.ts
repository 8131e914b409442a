import { gohighlevelRegistration } from '../registration/registrations-by-hand.ts'
import { gohighlevelEvents } from '../../payloads/gohighlevel-events.ts'
import { gohighlevelShapes } from '../../payloads/gohighlevel-shapes.ts'
import { signatureSchemes } from '../signatures/signature-schemes.ts'
import type { AccountRule, WebhookDefinition } from '../webhook-definition.ts'

const location: AccountRule = {
  payload: '{{ body.locationId ?? body.altId }}',
  connection: 'locationId',
}
// An installation for a whole agency names the company only: proven only where the connection says which company it is.
const company: AccountRule = { payload: '{{ body.companyId }}', connection: 'companyId' }

/** GoHighLevel's webhooks. One key signs for all customers, so every payload must be for the connection's location. */
export const gohighlevelWebhooks = {
  schemes: signatureSchemes.gohighlevel.schemes,
  keys: {
    ed25519PublicKey: {
      kind: 'public',
      type: 'ed25519',
      optional: true,
      help: 'The Ed25519 key that the vendor publishes.',
    },
    rsaPublicKey: {
      kind: 'public',
      type: 'rsa',
      optional: true,
      help: 'The RSA key of the legacy signature that the vendor publishes.',
    },
  },
  format: 'json',
  sentAt: { at: '{{ body.timestamp }}', window: true },
  toleranceMs: 300_000,
  deliveryId: '{{ body.webhookId }}',
  hashHorizonMs: 600_000,
  type: '{{ body.type }}',
  account: [location, company],
  accountOf: {
    LocationCreate: [{ payload: '{{ body.id }}', connection: 'locationId' }],
    LocationUpdate: [{ payload: '{{ body.id }}', connection: 'locationId' }],
  },
  envelope: ['type', 'timestamp', 'webhookId', 'locationId'],
  events: gohighlevelEvents,
  shapes: gohighlevelShapes,
  busyStatus: 429,
  register: gohighlevelRegistration,
} as const satisfies WebhookDefinition
