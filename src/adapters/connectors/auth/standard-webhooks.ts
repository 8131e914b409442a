import { createHmac } from 'node:crypto'
import { NxError } from '../../../kernel/errors.ts'
import { sha256Hex } from '../../../kernel/digest.ts'

const prefix = 'whsec_'

/** What a receiver gets beside the body. */
export interface StandardWebhookHeaders {
  readonly 'webhook-id': string
  readonly 'webhook-timestamp': string
  readonly 'webhook-signature': string
}

/**
 * The headers of a webhook by Standard Webhooks 1.0: HMAC-SHA256 over `id.timestamp.body`. Several secrets give several signatures,
 * so that a receiver may still have the previous one. Throws NX-AUTH-SECRET (configuration) when a secret is none.
 */
export function standardWebhookHeaders(
  message: { readonly id: string; readonly timestamp: number; readonly body: string },
  secrets: readonly string[],
): StandardWebhookHeaders {
  const signed = `${message.id}.${message.timestamp}.${message.body}`
  const signatures = secrets.map(
    (secret) => `v1,${createHmac('sha256', keyOf(secret)).update(signed).digest('base64')}`,
  )
  return {
    'webhook-id': message.id,
    'webhook-timestamp': String(message.timestamp),
    'webhook-signature': signatures.join(' '),
  }
}

/** The id of a message: the same for every attempt, so that a receiver knows a repeat. It holds no dot, which separates what is signed. */
export function webhookMessageId(idempotencyKey: string): string {
  return `msg_${sha256Hex(idempotencyKey).slice(0, 32)}`
}

function keyOf(secret: string): Buffer {
  const text = secret.startsWith(prefix) ? secret.slice(prefix.length) : secret
  const key = /^[A-Za-z0-9+/]+={0,2}$/.test(text) ? Buffer.from(text, 'base64') : Buffer.alloc(0)
  if (key.length >= 24 && key.length <= 64) return key
  throw new NxError('configuration', 'NX-AUTH-SECRET', 'The secret cannot sign webhooks', {
    detail: 'It must be whsec_ and the base64 of 24 to 64 random bytes.',
    fix: 'Make one: echo "whsec_$(openssl rand -base64 32)", and store it with: neuronx secret set',
  })
}
