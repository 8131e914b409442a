import type pg from 'pg'
import type { Scope } from '../../../control-plane/documents/document.ts'
import { scopeName } from '../../../control-plane/documents/document.ts'
import type { QuarantinedRevision, QuarantineStore } from '../../../control-plane/revisions/quarantine.ts'
import { notQuarantined } from '../../../control-plane/revisions/revision-errors.ts'
import { actorName } from '../../../platform/access/actor.ts'
import type { Actor } from '../../../platform/access/actor.ts'
import { inReadOnlyTenants, inRole, run } from '../connection/transaction.ts'
import { writeAudit } from '../platform/write-audit.ts'
import { liftQuarantine, quarantinedOfTenants } from './history-statements.ts'
import { putInQuarantine } from './put-in-quarantine.ts'
import { columnsOf, scopeOfRow, tenantIds } from './revision-rows.ts'
import type { ScopeRow } from './revision-rows.ts'

/** Quarantined revisions on Postgres. */
export class PostgresQuarantineStore implements QuarantineStore {
  readonly #control: pg.Pool
  readonly #app: pg.Pool

  constructor(pools: { control: pg.Pool; app: pg.Pool }) {
    this.#control = pools.control
    this.#app = pools.app
  }

  async quarantine(
    { scope, digest, reason, evidence }: Parameters<QuarantineStore['quarantine']>[0],
    actor: Actor,
  ): Promise<void> {
    await inRole(this.#control, async (client) => {
      const [tenantId, workspace] = columnsOf(scope, await tenantIds(client, [scope]))
      const by = actorName(actor)
      await putInQuarantine(client, { scope, tenantId, workspace, digest, reason, evidence, by })
    })
  }

  async lift(scope: Scope, digest: string, actor: Actor, reason: string): Promise<void> {
    await inRole(this.#control, async (client) => {
      const [tenantId, workspace] = columnsOf(scope, await tenantIds(client, [scope]))
      const by = actorName(actor)
      const [lifted] = await run<{ reason: string }>(client, liftQuarantine, [
        tenantId,
        workspace,
        digest,
        by,
        reason,
      ])
      if (lifted === undefined) throw notQuarantined(scope, digest)
      await writeAudit(client, {
        tenantId,
        actor: by,
        action: 'config.quarantine.lift',
        target: scopeName(scope),
        reason,
        before: { digest, reason: lifted.reason },
        after: null,
      })
    })
  }

  async quarantined(tenants: readonly string[]): Promise<readonly QuarantinedRevision[]> {
    return inReadOnlyTenants(this.#app, tenants, async (client) => {
      const rows = await run<ScopeRow & QuarantinedRevision>(client, quarantinedOfTenants, [tenants])
      return rows.map((row) => ({
        scope: scopeOfRow(row),
        digest: row.digest,
        reason: row.reason,
        evidence: row.evidence,
        at: row.at,
        by: row.by,
      }))
    })
  }
}
