import { generateKeyPairSync, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { JsonObject } from '../../../kernel/json.ts'

/** Test keys in place of the vendor's: the public halves go into the Integration, the private ones sign. */
export interface GhlTestKeys {
  readonly ed25519: { readonly publicKeyPem: string; readonly privateKey: KeyObject }
  readonly rsa: { readonly publicKeyPem: string; readonly privateKey: KeyObject }
}

/** New key pairs. RSA takes a moment: make them once. */
export function createGhlTestKeys(): GhlTestKeys {
  const ed25519 = generateKeyPairSync('ed25519')
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString()
  return {
    ed25519: { publicKeyPem: pem(ed25519.publicKey), privateKey: ed25519.privateKey },
    rsa: { publicKeyPem: pem(rsa.publicKey), privateKey: rsa.privateKey },
  }
}

/** A webhook as GoHighLevel sends it. */
export interface SignedWebhook {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Signs a payload (or any text, for malformed ones) as GoHighLevel does, over the very bytes that are sent. */
export function signGhlWebhook(
  payload: JsonObject | string,
  keys: GhlTestKeys,
  scheme: 'ed25519' | 'rsa' = 'ed25519',
): SignedWebhook {
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload)
  const [header, digest] = scheme === 'ed25519' ? ['x-ghl-signature', null] : ['x-wh-signature', 'sha256']
  const signature = sign(digest, Buffer.from(body), keys[scheme].privateKey).toString('base64')
  return { headers: { 'content-type': 'application/json', [header as string]: signature }, body }
}

/** Whose webhook, and which delivery. `webhookId` is what repeats have in common. */
export interface GhlDelivery {
  readonly locationId: string
  readonly webhookId: string
  readonly sentAt: Date
}

/** A made-up person, in the vendor's words. */
export interface GhlContact {
  readonly id: string
  readonly firstName: string
  readonly lastName: string
  readonly email?: string
  readonly phone?: string
  readonly country?: string
  readonly source?: string
  readonly tags?: readonly string[]
  readonly customFields?: readonly { readonly id: string; readonly value: string | number }[]
}

/** ContactCreate, ContactUpdate, ContactDelete, ContactTagUpdate or ContactDndUpdate. */
export function ghlContactWebhook(
  type: `Contact${string}`,
  contact: GhlContact,
  delivery: GhlDelivery,
): JsonObject {
  return {
    ...envelope(type, delivery),
    ...(contact as unknown as JsonObject),
    name: `${contact.firstName} ${contact.lastName}`,
    dateAdded: delivery.sentAt.toISOString(),
  }
}

/** InboundMessage or OutboundMessage. */
export function ghlMessageWebhook(
  type: 'InboundMessage' | 'OutboundMessage',
  message: {
    readonly contactId: string
    readonly body: string
    readonly messageType?: 'SMS' | 'Email' | 'WhatsApp'
  },
  delivery: GhlDelivery,
): JsonObject {
  return {
    ...envelope(type, delivery),
    contactId: message.contactId,
    conversationId: `conversation-of-${message.contactId}`,
    messageId: `message-${delivery.webhookId}`,
    messageType: message.messageType ?? 'SMS',
    direction: type === 'InboundMessage' ? 'inbound' : 'outbound',
    body: message.body,
    attachments: [],
    status: 'delivered',
    contentType: 'text/plain',
    dateAdded: delivery.sentAt.toISOString(),
  }
}

/** OpportunityCreate, OpportunityStageUpdate, OpportunityStatusUpdate … */
export function ghlOpportunityWebhook(
  type: `Opportunity${string}`,
  deal: {
    readonly id: string
    readonly contactId: string
    readonly name: string
    readonly monetaryValue: number
    readonly pipelineStageId: string
    readonly status: 'open' | 'won' | 'lost' | 'abandoned'
  },
  delivery: GhlDelivery,
): JsonObject {
  return {
    ...envelope(type, delivery),
    ...deal,
    pipelineId: 'pipeline-1',
    dateAdded: delivery.sentAt.toISOString(),
  }
}

function envelope(type: string, { locationId, webhookId, sentAt }: GhlDelivery): JsonObject {
  return { type, locationId, webhookId, timestamp: sentAt.toISOString() }
}
