import type { JsonValue } from '../../kernel/json.ts'
import type { IncomingEvent } from '../../messaging/intake/event-intake.ts'

/** What came from outside, was verified then, and could not be understood: as its dead letter keeps it. */
export interface StoredDelivery {
  readonly tenantId: string
  readonly source: 'webhook' | 'ingest'
  readonly integration: string | null
  readonly payload: JsonValue
}

export type TranslatedDelivery =
  /** The event, under the inbox key that the delivery would have had. */
  | {
      readonly state: 'mapped'
      readonly event: IncomingEvent
      /** Others that the same delivery holds. */
      readonly more?: readonly IncomingEvent[]
    }
  | { readonly state: 'unmappable'; readonly code: string; readonly reason: string }

/** Maps a delivery again with the configuration as it is now. Its signature is not looked at again. */
export interface DeliveryTranslator {
  /** Throws what reading the configuration throws. */
  translate(delivery: StoredDelivery): Promise<TranslatedDelivery>
}
