import { scopeName } from '../documents/document.ts'
import type { Scope } from '../documents/document.ts'
import type { QuarantineStore } from '../revisions/quarantine.ts'
import type { RevisionStore } from '../revisions/revision-store.ts'
import { rolledBack, rolledBackText } from '../revisions/rolled-back.ts'
import type { TenantStore } from '../../platform/tenants/tenant-store.ts'

export interface BarredPorts {
  readonly quarantine: Pick<QuarantineStore, 'quarantined'>
  readonly revisions: Pick<RevisionStore, 'activations'>
  readonly tenants: Pick<TenantStore, 'list'>
}

/** Why this content of a scope may not come back, in a sentence's words; null: it may. */
export type Barred = (scope: string, digest: string) => Promise<string | null>

/**
 * For one look at a source: content is barred when it was quarantined, or when somebody rolled it back and nobody has made it active
 * again on purpose. A source does not argue with either.
 */
export function barredContent({ quarantine, revisions, tenants }: BarredPorts): Barred {
  let quarantined: Promise<ReadonlyMap<string, string>> | null = null
  const read = async (): Promise<ReadonlyMap<string, string>> => {
    const ids = (await tenants.list()).map(({ id }) => id)
    const found = await quarantine.quarantined(ids)
    return new Map(
      found.map(({ scope, digest, reason, by, at }) => [
        `${scopeName(scope)} ${digest}`,
        `was quarantined by ${by} at ${at}: ${reason}`,
      ]),
    )
  }
  return async (scope, digest) => {
    quarantined ??= read()
    const reason = (await quarantined).get(`${scope} ${digest}`)
    if (reason !== undefined) return reason
    const back = await rolledBack(revisions, scopeOfName(scope), digest)
    return back === null ? null : rolledBackText(back)
  }
}

/** The scope that has this name. */
export function scopeOfName(name: string): Scope {
  const [, tenant, , workspace] = name.split('/')
  if (tenant === undefined) return { level: 'global' }
  return workspace === undefined ? { level: 'tenant', tenant } : { level: 'workspace', tenant, workspace }
}
