import type { Clock } from '../kernel/clock.ts'
import type { EventIntakeStore } from '../messaging/intake/event-intake.ts'
import type { MessagingReader } from '../messaging/reading/event-reader.ts'
import type { Actor } from '../platform/access/actor.ts'
import type { TokenStore } from '../platform/access/token-store.ts'
import type { DeadLetterReplayer } from '../platform/dead-letters/dead-letter-replayer.ts'
import type { SecretStore } from '../platform/secrets/secret-store.ts'
import type { TenantStore } from '../platform/tenants/tenant-store.ts'
import type { RevisionStore } from '../control-plane/revisions/revision-store.ts'
import type { EntityReader } from '../sales-core/reading/entity-reader.ts'

/**
 * What a command of the CLI works with: the stores of one installation over a small connection pool, and who is asking.
 * Opened by `openOperator` (src/app/open-operator.ts), which checks the schema and the role; closed with it.
 */
export interface Operator extends AsyncDisposable {
  readonly actor: Actor
  readonly clock: Clock
  readonly tenants: TenantStore
  readonly tokens: TokenStore
  readonly secrets: SecretStore
  readonly revisions: RevisionStore
  readonly intake: EventIntakeStore
  readonly messages: MessagingReader
  readonly entities: EntityReader
  readonly deadLetters: DeadLetterReplayer
}
