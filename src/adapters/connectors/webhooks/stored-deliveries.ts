import type { Clock } from '../../../kernel/clock.ts'
import { NxError } from '../../../kernel/errors.ts'
import { isJsonObject } from '../../../kernel/json.ts'
import type { JsonValue } from '../../../kernel/json.ts'
import { parseCloudEvent, parseJson } from '../../../messaging/events/cloud-event.ts'
import { eventBytesMax } from '../../../messaging/events/event.ts'
import type { SentMessages } from '../../../messaging/commands/sent-messages.ts'
import { defaultHorizonMs, toIncoming } from '../../../messaging/intake/event-draft.ts'
import type { IntakeRequest } from '../../../messaging/intake/event-intake.ts'
import type { TenantLimits } from '../../../messaging/intake/tenant-limits.ts'
import type {
  DeliveryTranslator,
  StoredDelivery,
  TranslatedDelivery,
} from '../../../platform/dead-letters/delivery-translator.ts'
import { correlateReceipts } from './receipts/correlate-receipts.ts'
import type { StoredBody, Translated, WebhookReceiver } from './webhook-receiver.ts'

export interface StoredDeliveriesOptions {
  /** The receiver of a tenant's integration as it is configured now; null when it takes no webhooks. */
  readonly route: (
    tenantId: string,
    integration: string,
  ) => Promise<{
    readonly workspace: string
    readonly receiver: Pick<WebhookReceiver, 'translateStored'>
  } | null>
  readonly slugOf: (tenantId: string) => string | null
  /** Whose messages receipts tell of. Default: nobody's; they are about the integration. */
  readonly messages?: SentMessages
  /** For how long what is made of them is remembered. Default: as for a tenant that says nothing. */
  readonly tenantLimits?: Pick<TenantLimits, 'intake'>
  readonly clock: Clock
}

/** What the ingest takes belongs to this workspace. */
const ingestWorkspace = 'default'

/** Maps what dead letters keep of deliveries with the configuration as it is now. */
export class StoredDeliveries implements DeliveryTranslator {
  readonly #options: StoredDeliveriesOptions

  constructor(options: StoredDeliveriesOptions) {
    this.#options = options
  }

  async translate(delivery: StoredDelivery): Promise<TranslatedDelivery> {
    const body = bodyOf(delivery.payload)
    if (body === null) return unmappable('NX-DLQ-NO-BODY', 'The letter keeps no body of the delivery')
    return delivery.source === 'ingest'
      ? this.#ingest(delivery, bytesOf(body))
      : await this.#webhook(delivery, body)
  }

  async #webhook(delivery: StoredDelivery, body: StoredBody): Promise<TranslatedDelivery> {
    const { tenantId, integration } = delivery
    const route = integration === null ? null : await this.#options.route(tenantId, integration)
    if (route === null || integration === null) {
      return unmappable('NX-HOOK-UNKNOWN', `No integration '${integration ?? ''}' takes webhooks now`)
    }
    const { workspace, receiver } = route
    const context = {
      tenantId,
      workspace,
      now: this.#options.clock.now(),
      horizonMs: this.#horizonMs(tenantId),
    }
    const translated = receiver.translateStored(body, context)
    if (translated === null) return unmappable('NX-HOOK-JSON', 'The body cannot be read')
    const request = await this.#correlated(translated, integration)
    const [letter] = request.deadLetters
    const [event, ...more] = request.events
    // Half of a delivery is none: what cannot be mapped still keeps the rest with it.
    if (letter !== undefined) return unmappable(letter.code, letter.reason)
    if (event !== undefined) return { state: 'mapped', event, ...(more.length === 0 ? {} : { more }) }
    return unmappable('NX-HOOK-NOTHING', 'It tells nothing that is not known: discard it')
  }

  async #correlated(translated: Translated, integration: string): Promise<IntakeRequest> {
    const { messages } = this.#options
    if (messages === undefined) return translated.request
    return await correlateReceipts(translated, { messages, integration, sleep: async () => {} })
  }

  /** As when it came. */
  #horizonMs(tenantId: string): number {
    return this.#options.tenantLimits?.intake(tenantId).keyHorizonMs ?? defaultHorizonMs
  }

  #ingest({ tenantId }: StoredDelivery, body: Buffer): TranslatedDelivery {
    try {
      const { draft, tenant } = parseCloudEvent(parseJson(body, eventBytesMax))
      if (tenant !== null && tenant !== this.#options.slugOf(tenantId)) {
        return unmappable('NX-EVENT-TENANT', 'The event names another tenant than its subject')
      }
      const now = this.#options.clock.now()
      const context = { tenantId, workspace: ingestWorkspace, now, horizonMs: this.#horizonMs(tenantId) }
      return { state: 'mapped', event: toIncoming(draft, { ...context, onConflict: 'conflict' }) }
    } catch (error) {
      if (!(error instanceof NxError) || error.kind !== 'invalid') throw error
      return unmappable(
        error.code,
        [error.message, error.detail].filter((part) => part !== undefined).join(': '),
      )
    }
  }
}

function unmappable(code: string, reason: string): TranslatedDelivery {
  return { state: 'unmappable', code, reason }
}

/** As it was kept: JSON, text, or the bytes. */
function bodyOf(payload: JsonValue): StoredBody | null {
  if (!isJsonObject(payload)) return null
  const { body, bodyBase64, jsonBase64 } = payload
  const headers = textsOf(payload['headers'])
  if (typeof jsonBase64 === 'string') {
    return { payload: JSON.parse(Buffer.from(jsonBase64, 'base64').toString('utf8')) as JsonValue, headers }
  }
  if (typeof bodyBase64 === 'string') return { bytes: Buffer.from(bodyBase64, 'base64'), headers }
  return body === undefined ? null : { payload: body, headers }
}

function textsOf(headers: JsonValue | undefined): Readonly<Record<string, string>> {
  if (!isJsonObject(headers)) return {}
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  )
}

/** An ingested message is kept as its text. */
function bytesOf(body: StoredBody): Buffer {
  if ('bytes' in body) return body.bytes
  return Buffer.from(typeof body.payload === 'string' ? body.payload : JSON.stringify(body.payload))
}
