import type { Clock } from '../../../kernel/clock.ts'
import { NxError } from '../../../kernel/errors.ts'
import { isJsonObject } from '../../../kernel/json.ts'
import type { JsonValue } from '../../../kernel/json.ts'
import { parseCloudEvent, parseJson } from '../../../messaging/events/cloud-event.ts'
import { eventBytesMax } from '../../../messaging/events/event.ts'
import { defaultHorizonMs, toIncoming } from '../../../messaging/intake/event-draft.ts'
import type {
  DeliveryTranslator,
  StoredDelivery,
  TranslatedDelivery,
} from '../../../platform/dead-letters/delivery-translator.ts'
import type { WebhookReceiver } from './webhook-receiver.ts'

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
    return delivery.source === 'ingest' ? this.#ingest(delivery, body) : await this.#webhook(delivery, body)
  }

  async #webhook(delivery: StoredDelivery, body: Buffer): Promise<TranslatedDelivery> {
    const { tenantId, integration } = delivery
    const route = integration === null ? null : await this.#options.route(tenantId, integration)
    if (route === null) {
      return unmappable('NX-HOOK-UNKNOWN', `No integration '${integration ?? ''}' takes webhooks now`)
    }
    const { workspace, receiver } = route
    const request = receiver.translateStored(body, { tenantId, workspace, now: this.#options.clock.now() })
    if (request === null) return unmappable('NX-HOOK-JSON', 'The body is not JSON in UTF-8')
    const [event] = request.events
    const [letter] = request.deadLetters
    if (event !== undefined) return { state: 'mapped', event }
    return unmappable(letter?.code ?? 'NX-HOOK-UNMAPPABLE', letter?.reason ?? 'It became no event')
  }

  #ingest({ tenantId }: StoredDelivery, body: Buffer): TranslatedDelivery {
    try {
      const { draft, tenant } = parseCloudEvent(parseJson(body, eventBytesMax))
      if (tenant !== null && tenant !== this.#options.slugOf(tenantId)) {
        return unmappable('NX-EVENT-TENANT', 'The event names another tenant than its subject')
      }
      const now = this.#options.clock.now()
      const context = { tenantId, workspace: ingestWorkspace, now, horizonMs: defaultHorizonMs }
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
function bodyOf(payload: JsonValue): Buffer | null {
  if (!isJsonObject(payload)) return null
  const { body, bodyBase64 } = payload
  if (typeof bodyBase64 === 'string') return Buffer.from(bodyBase64, 'base64')
  if (body === undefined) return null
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
}
