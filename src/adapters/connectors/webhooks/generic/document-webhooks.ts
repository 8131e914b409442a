import { z } from 'zod'
import { eventTypePattern } from '../../../../messaging/events/event.ts'
import {
  duration,
  headerName,
  secretRef,
  templateObject,
  templateText,
} from '../../definition/schema-parts.ts'
import { signatureSchemes } from '../signatures/signature-schemes.ts'

/** Ways to sign that a document may name; `none` only with a secret address or basic auth. */
export const schemeNames = [
  ...(Object.keys(signatureSchemes) as (keyof typeof signatureSchemes)[]),
  'none',
] as const

const template = templateText.min(1)
const entityKind = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,62}$/, { error: 'must be a lower-case word, like lead' })
const when = z.string().min(1).max(200)
const path = z
  .string()
  .max(200)
  .regex(/^[^.\s*]+(\.[^.\s*]+)*$/, { error: 'must be a path like customer.id' })
const splitPath = z
  .string()
  .max(200)
  .regex(/^[^.\s]+(\.[^.\s]+)*$/, { error: 'must be a path like items.*' })
  .refine((text) => text.split('.').includes('*'), { error: "must hold '*' for the items of a list" })
const key = z.union([z.string().min(1).max(8_000), secretRef], {
  error: 'must be { secret: NAME }, or a public key where the scheme has one',
})

const event = z.strictObject({
  when: when.describe("The payload's own name for it."),
  emit: z
    .string()
    .regex(eventTypePattern, { error: 'must be a type of event, like order.created' })
    .describe('The type of the event.'),
  lead: template.optional().describe("The lead it is about: '{{ body.customer.id }}'."),
  subject: z
    .strictObject({
      kind: entityKind.describe('The kind of entity.'),
      id: template.describe("Its id: '{{ body.order.id }}'."),
    })
    .optional()
    .describe('What it is about when that is no lead.'),
  requires: z.array(path).max(50).optional().describe('Members without which it means nothing.'),
  data: templateObject.optional().describe('The fields of the event; default: the payload as it is.'),
})

const receipt = z.strictObject({
  when: when.describe("The payload's own name for it."),
  state: z.enum(['delivered', 'read', 'failed']).describe('What became of the message.'),
  messageId: template.describe(
    'The id of the message, as the result of the call that sent it holds it under message_id.',
  ),
  code: template.optional().describe('Of a failure: its code.'),
  reason: template.optional().describe('Of a failure: what is wrong.'),
})

/** `webhooks:` of a document that brings its own operations: how what the system sends is proven and read. */
export const documentWebhooks = z.strictObject({
  scheme: z
    .enum(schemeNames, { error: `must be one of ${schemeNames.join(', ')}` })
    .describe('How it is signed. none: not at all; then the address or basic auth proves the sender.'),
  key: key
    .optional()
    .describe('What it is checked with: { secret: NAME }, or a public key as PEM or base64.'),
  previousKey: key.optional().describe('Counts too while a new key takes over.'),
  header: headerName.optional().describe('Of scheme shared-header: the header that holds the secret.'),
  secretPath: secretRef
    .optional()
    .describe('A last part of the address that only the system was told: /v1/hooks/TENANT/NAME/SECRET.'),
  basic: z
    .strictObject({
      username: z
        .string()
        .min(1)
        .max(255)
        .regex(/^[^:\p{Cc}]+$/u, { error: 'must hold no colon' })
        .describe('The user name that the system sends.'),
      password: secretRef.describe('The password that it sends.'),
    })
    .optional()
    .describe('The system sends a user name and a password.'),
  tolerance: duration(1_000, 86_400_000, '1s to 1d').optional().describe('How old it may be; default 5m.'),
  format: z.enum(['json', 'form', 'either']).optional().describe('How the body is written; default json.'),
  split: splitPath.optional().describe('Where the payloads of a delivery stand: items.*'),
  type: template.optional().describe("What names the kind of payload; default '{{ body.type }}'."),
  deliveryId: template
    .optional()
    .describe('The id by which a repeat is known; default: the body itself, for a day.'),
  sentAt: z
    .strictObject({
      at: template.describe("Where the time stands: '{{ body.sent_at }}'."),
      unit: z
        .enum(['s', 'ms', 'iso'])
        .optional()
        .describe(
          'Seconds or milliseconds since 1970, or ISO 8601; default: text is ISO, a number milliseconds.',
        ),
      window: z.boolean().default(false).describe('true: outside the tolerance it is a replay.'),
    })
    .optional()
    .describe('When it was sent.'),
  events: z.array(event).min(1).max(200).describe('What becomes of each kind of payload.'),
  receipts: z
    .array(receipt)
    .max(20)
    .optional()
    .describe('States of messages that were sent through this system.'),
  ignores: z.array(when).max(100).optional().describe('Kinds of payload that are taken and thrown away.'),
  answer: z
    .strictObject({
      status: z
        .union([z.literal(200), z.literal(201), z.literal(202), z.literal(204)])
        .default(200)
        .describe('The status: 200, 201, 202 or 204.'),
      contentType: z
        .string()
        .regex(/^[\w.+-]+\/[\w.+-]+(; charset=utf-8)?$/, { error: 'must be a type like text/plain' })
        .default('text/plain; charset=utf-8')
        .describe('The type of the body.'),
      body: z.string().max(4_000).default('').describe('The body, as it is.'),
    })
    .optional()
    .describe('What it is answered with when it was stored; default: 202 and the ids.'),
})

export type DocumentWebhooks = z.output<typeof documentWebhooks>
