import type { AppliedScope } from '../../control-plane/revisions/revision-store.ts'
import { applyDirectory } from '../../control-plane/revisions/apply-directory.ts'
import { documentKinds } from '../kinds.ts'
import type { Operator } from '../operator.ts'

/**
 * Makes a directory the active configuration of its scopes, without a plan being looked at first. Throws NX-CONFIG-INVALID with all
 * findings, NX-DENIED, NX-TENANT-NOT-FOUND, NX-PLAN-STALE when somebody else applied at the same time.
 */
export async function applyConfig(
  operator: Pick<Operator, 'actor' | 'revisions' | 'tenants'>,
  directory: string,
  reason: string | null,
): Promise<readonly AppliedScope[]> {
  const { revisions, tenants, actor } = operator
  const ports = { revisions, tenants, kinds: documentKinds }
  return (await applyDirectory(ports, actor, { directory, reason })).scopes
}
