import type { RollBackOptions } from '../../control-plane/plan/roll-back.ts'
import { rollBack } from '../../control-plane/plan/roll-back.ts'
import type { AppliedScope } from '../../control-plane/revisions/revision-store.ts'
import { documentKinds } from '../kinds.ts'
import type { Operator } from '../operator.ts'

/** Makes earlier revisions active again; with `dryRun` says what would be. Throws what `rollBack` throws. */
export async function rollBackConfig(
  { revisions, tenants, actor }: Pick<Operator, 'revisions' | 'tenants' | 'actor'>,
  options: RollBackOptions & { readonly dryRun: boolean },
): Promise<readonly AppliedScope[]> {
  return await rollBack({ revisions, tenants, kinds: documentKinds }, actor, options)
}
