import type { DriftReport } from '../../control-plane/plan/drift.ts'
import { driftOf } from '../../control-plane/plan/drift.ts'
import { hasCommit } from '../../control-plane/revisions/git-source.ts'
import { documentKinds } from '../kinds.ts'
import type { Operator } from '../operator.ts'

/** How what is active stands to a directory. Reads only. Throws what `driftOf` throws. */
export async function driftConfig(
  { revisions, tenants, quarantine, actor }: Pick<Operator, 'revisions' | 'tenants' | 'quarantine' | 'actor'>,
  directory: string,
  ignore: readonly string[],
): Promise<DriftReport> {
  const ports = { revisions, tenants, quarantine, kinds: documentKinds, hasCommit }
  return await driftOf(ports, actor, { directory, ignore })
}
