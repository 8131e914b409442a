import type { JsonObject } from '../../kernel/json.ts'
import type { AlertSeverity } from '../../platform/alerts/alert.ts'

/** An AlertRoute document after its schema. */
export interface AlertRouteSpec {
  readonly apiVersion: 'neuronx/v1'
  readonly kind: 'AlertRoute'
  readonly name: string
  readonly match: {
    readonly severities?: readonly AlertSeverity[] | undefined
    readonly codes?: readonly string[] | undefined
  }
  readonly send: AlertSend
  /** Said again so often while it is open and nobody has acknowledged it. */
  readonly repeatEvery?: string | undefined
  /** Say also when it is over. */
  readonly resolved: boolean
  /** Slug of the tenant whose integration and secrets send the installation's own alerts; global routes only. */
  readonly through?: string | undefined
}

export type AlertSend =
  | { readonly integration: string; readonly operation: string; readonly input: JsonObject }
  | {
      readonly channel: string
      readonly to?: string | undefined
      readonly subject?: string | undefined
      readonly text: string
    }
