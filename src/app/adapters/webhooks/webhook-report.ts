import type { CallFailure } from '../../../adapters/connectors/webhooks/registration/registration-caller.ts'
import type { Settings } from '../../config/settings.ts'
import type { Operator } from '../../operator.ts'
import type { ActiveAdapter, AdapterPlace } from '../catalog/active-adapter.ts'
import type { RegistrationState } from './webhook-standing.ts'

/** Where a vendor sends, and whether that is to us. No secret is in it. */
export interface WebhookReport {
  readonly integration: string
  readonly connector: string
  /** What the vendor must send to. */
  readonly address: string
  /** api: it can be asked and told; hand: a person enters it. */
  readonly how: 'api' | 'hand'
  /** What a person does, in this order; empty when `how` is api. */
  readonly steps: readonly string[]
  /** What the vendor has; null: it cannot be asked. */
  readonly vendor:
    | {
        readonly state: RegistrationState
        readonly entries: readonly {
          readonly id: string
          readonly addresses: Readonly<Record<string, string>>
        }[]
        readonly differences: readonly string[]
      }
    | ({ readonly state: 'unread'; readonly fix: string } & CallFailure)
    | null
  /** What was done about it. */
  readonly done: 'looked' | 'registered' | 'removed' | 'unchanged'
  /** The secret of the tenant that was stored with what the vendor signs with; null: none. */
  readonly secretStored: string | null
}

export interface WebhookAsk {
  readonly operator: Operator
  readonly settings: Pick<
    Settings,
    'masterKeyFile' | 'egressAllowPrivate' | 'publicUrl' | 'httpListen' | 'dataDir' | 'databaseUrl'
  >
  readonly place: AdapterPlace
  readonly adapter: ActiveAdapter
  readonly reason: string | null
  /** Asks before something that is hard to undo; throws when the answer is no. */
  readonly confirm: (question: string) => Promise<void>
  readonly signal: AbortSignal
}
