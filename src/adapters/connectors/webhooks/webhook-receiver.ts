import type { IntakeRequest } from '../../../messaging/intake/event-intake.ts'
import type { JsonObject, JsonValue } from '../../../kernel/json.ts'
import type { ValueTables } from '../template-functions.ts'
import { webhookFor } from './compile-webhook.ts'
import type { CompiledWebhook } from './compile-webhook.ts'
import { greetBody, greetQuery } from './handshake.ts'
import { parsePayload } from './payload/parse-payload.ts'
import type { ParsedPayload } from './payload/parse-payload.ts'
import { isUnsigned } from './signature-scheme.ts'
import type { SignedRequest } from './signatures/signed-request.ts'
import { translateDelivery } from './translate-delivery.ts'
import type { Receipt } from './translate-delivery.ts'
import { verifySignature } from './verify-signature.ts'
import type { RefusedWhy, WebhookKeys } from './verify-signature.ts'
import { plainKeys } from './webhook-keys.ts'
import type { WebhookKeySources } from './webhook-keys.ts'
import type { WebhookAnswer, WebhookDefinition } from './webhook-definition.ts'

export interface WebhookReceiverOptions {
  readonly integration: string
  readonly definition: WebhookDefinition
  readonly tables: ValueTables
  readonly connection: JsonObject
  /** Where the keys come from, by the names that the schemes use. */
  readonly keys: WebhookKeySources
  readonly toleranceMs: number
  /** Do polls read what is delivered? Then both are compared. Default false. */
  readonly isPolled?: boolean
}

export interface WebhookContext {
  readonly tenantId: string
  readonly workspace: string
  readonly now: Date
  /** The keys, opened; without them only those that are written out count. */
  readonly keys?: WebhookKeys
  /** For how long message ids of the vendor are remembered, milliseconds. Default: `defaultHorizonMs`. */
  readonly horizonMs?: number
}

export interface Refusal {
  readonly state: 'refused'
  readonly why: RefusedWhy
  readonly scheme: string | null
  /** Of a stale one: our clock minus the time it was sent at, if that can be read. */
  readonly offByMs?: number
}

/** What is to be stored of a delivery, and which of its events are about messages that we may have sent. */
export interface Translated {
  readonly request: IntakeRequest
  readonly receipts: readonly Receipt[]
}

/** What a delivery is: refused, not readable, a question to be answered, or something to store (events and dead letters). */
export type Reception =
  | Refusal
  | { readonly state: 'malformed'; readonly why: string }
  | { readonly state: 'greeting'; readonly text: string }
  | ({ readonly state: 'readable' } & Translated)

/** What a dead letter kept of a delivery. */
export type StoredBody = ({ readonly payload: JsonValue } | { readonly bytes: Buffer }) & {
  readonly headers?: Readonly<Record<string, string>>
}

/** Receives the webhooks of one integration: verified on the raw bytes, then translated. Pure, compiled once. */
export class WebhookReceiver {
  /** The status by which this vendor understands that it should try again. */
  readonly busyStatus: 429 | 503
  /** What this vendor wants to read in place of our answer; null: nothing in particular. */
  readonly answer: WebhookAnswer | null
  readonly keySources: WebhookKeySources
  /** Is what it sends not signed at all, only who sent it proven? */
  readonly isUnsigned: boolean
  /** The parts of the address after the integration: one when the address holds a secret. */
  readonly hasSecretPath: boolean
  readonly #options: WebhookReceiverOptions
  readonly #compiled: CompiledWebhook
  readonly #plainKeys: WebhookKeys

  constructor(options: WebhookReceiverOptions) {
    const { definition, tables, keys } = options
    this.#options = options
    this.busyStatus = definition.busyStatus
    this.answer = definition.answer ?? null
    this.keySources = keys
    this.isUnsigned = definition.schemes.some(isUnsigned)
    this.hasSecretPath = definition.schemes.some(({ signature }) => 'address' in signature)
    this.#plainKeys = plainKeys(keys)
    this.#compiled = webhookFor(definition, tables)
  }

  /** Answers a question that is asked before anything is signed; null: this is no such question. */
  greet(request: SignedRequest, keys: WebhookKeys = this.#plainKeys): Reception | null {
    const greeting = greetQuery(this.#options.definition.handshake ?? [], request, keys)
    if (greeting === null) return null
    return greeting.state === 'answered'
      ? { state: 'greeting', text: greeting.text }
      : { state: 'refused', why: greeting.why, scheme: 'handshake' }
  }

  receive(request: SignedRequest, context: WebhookContext): Reception {
    const { definition, toleranceMs } = this.#options
    const keys = context.keys ?? this.#plainKeys
    const greeted = this.greet(request, keys)
    if (greeted !== null) return greeted
    const window = { now: context.now, toleranceMs }
    const verification = verifySignature(definition.schemes, keys, request, window)
    if (verification.state === 'refused') return verification
    const parsed = parsePayload(request.body, contentTypeOf(request), definition)
    if (parsed.state === 'malformed') return parsed
    const greeting = greetBody(definition.handshake ?? [], parsed.payload)
    if (greeting?.state === 'answered') return { state: 'greeting', text: greeting.text }
    const translated = this.#translate(request, parsed.payload, context, toleranceMs)
    if ('stale' in translated)
      return { state: 'refused', why: 'stale', scheme: verification.scheme, ...translated.stale }
    return { state: 'readable', ...translated }
  }

  /**
   * Translates what was received and verified before, with the mapping as it is now. null: it cannot be read. Its key is the
   * vendor's delivery id, or else the digest of the body as it was kept.
   */
  translateStored(stored: StoredBody, context: WebhookContext): Translated | null {
    const headers = stored.headers ?? {}
    const parsed: ParsedPayload =
      'payload' in stored
        ? { state: 'parsed', payload: stored.payload }
        : parsePayload(stored.bytes, headers['content-type'], this.#options.definition)
    if (parsed.state === 'malformed') return null
    const body = 'payload' in stored ? Buffer.from(JSON.stringify(stored.payload)) : stored.bytes
    const translated = this.#translate({ headers, body }, parsed.payload, context, null)
    return 'stale' in translated ? null : translated
  }

  #translate(
    request: Pick<SignedRequest, 'headers' | 'body'>,
    payload: JsonValue,
    context: WebhookContext,
    toleranceMs: number | null,
  ): Translated | { readonly stale: { readonly offByMs?: number } } {
    const { integration, connection, isPolled = false } = this.#options
    return translateDelivery(this.#compiled, request, payload, {
      ...context,
      integration,
      connection,
      isPolled,
      toleranceMs,
    })
  }
}

function contentTypeOf({ headers }: SignedRequest): string | undefined {
  const value = headers['content-type']
  return typeof value === 'string' ? value : undefined
}
