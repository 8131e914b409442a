import type { Scope } from '../../control-plane/documents/document.ts'
import { scopeName } from '../../control-plane/documents/document.ts'
import type { Activation } from '../../control-plane/revisions/revision-store.ts'
import { NxError } from '../../kernel/errors.ts'
import type { Operator } from '../operator.ts'
import { permittedTenant, requireInstallation } from '../permitted-tenant.ts'

export interface HistoryRequest {
  /** A slug: its scopes and the global one. Null: every scope. */
  readonly tenant: string | null
  readonly scope: Scope | null
  readonly limit: number
  readonly cursor: string | null
}

export interface HistoryEntry extends Activation {
  /** Why this revision is quarantined; null: it is not. */
  readonly quarantined: string | null
}

export interface HistoryPage {
  readonly items: readonly HistoryEntry[]
  readonly cursor: string | null
}

/** Changes of what is active, newest first. Needs config.read. Throws NX-DENIED, NX-TENANT-NOT-FOUND, NX-CURSOR. */
export async function configHistory(
  operator: Operator,
  { tenant, scope, limit, cursor }: HistoryRequest,
): Promise<HistoryPage> {
  if (cursor !== null && !/^\d{1,18}$/.test(cursor)) {
    throw new NxError('usage', 'NX-CURSOR', 'This cursor is of another list', {
      fix: 'Start without --cursor.',
    })
  }
  const slug = scope === null ? tenant : scope.level === 'global' ? null : scope.tenant
  const tenantId = slug === null ? null : (await permittedTenant(operator, slug, 'config.read')).id
  if (slug === null) requireInstallation(operator, 'config.read')
  const found = await operator.revisions.activations({
    limit: limit + 1,
    ...(cursor === null ? {} : { beforeId: cursor }),
    ...(scope === null ? {} : { scope }),
    ...(scope === null && tenantId !== null ? { tenantId } : {}),
  })
  const items = found.slice(0, limit)
  const ids = tenantId === null ? (await operator.tenants.list()).map(({ id }) => id) : [tenantId]
  const quarantined = new Map(
    (await operator.quarantine.quarantined(ids)).map((one) => [
      `${scopeName(one.scope)} ${one.digest}`,
      one.reason,
    ]),
  )
  return {
    items: items.map((one) => ({
      ...one,
      quarantined: quarantined.get(`${scopeName(one.scope)} ${one.digest}`) ?? null,
    })),
    cursor: found.length > limit ? (items.at(-1)?.id ?? null) : null,
  }
}
