import type { JsonObject } from '../../kernel/json.ts'
import type { Actor } from '../../platform/access/actor.ts'
import type { Scope } from '../documents/document.ts'

/** A revision that did harm: applied again only with an override, until somebody lifts it. */
export interface QuarantinedRevision {
  readonly scope: Scope
  readonly digest: string
  readonly reason: string
  /** What was measured; plain data of whoever quarantined it. */
  readonly evidence: JsonObject
  readonly at: string
  readonly by: string
}

export interface QuarantineStore {
  /** Quarantines a digest of a scope, with an audit row. One that is quarantined already stays as it is. Throws NX-TENANT-NOT-FOUND. */
  quarantine(
    revision: Pick<QuarantinedRevision, 'scope' | 'digest' | 'reason' | 'evidence'>,
    actor: Actor,
  ): Promise<void>

  /** Lifts it. Throws NX-REVISION-NOT-QUARANTINED, NX-TENANT-NOT-FOUND. */
  lift(scope: Scope, digest: string, actor: Actor, reason: string): Promise<void>

  /** What is quarantined in the global scope and in the scopes of these tenants. Reads only. */
  quarantined(tenantIds: readonly string[]): Promise<readonly QuarantinedRevision[]>
}
