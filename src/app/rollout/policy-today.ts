import { isDeepStrictEqual } from 'node:util'
import { scopeName } from '../../control-plane/documents/document.ts'
import { governingPolicy } from '../../control-plane/plan/governing-policy.ts'
import type { Rollout } from '../../control-plane/rollout/rollout.ts'
import { documentKinds } from '../kinds.ts'
import type { Operator } from '../operator.ts'
import { worldAbove } from './world-above.ts'

/** Has the policy that governs these scopes been edited since the rollout began? The rollout goes by the old one all the same. */
export async function isPolicyEdited(
  { revisions, tenants }: Pick<Operator, 'revisions' | 'tenants'>,
  rollout: Rollout,
): Promise<boolean> {
  const names = rollout.scopes.map(({ scope }) => scopeName(scope))
  const depth = (name: string): number => name.split('/').length
  const [uppermost = 'global'] = names.toSorted((a, b) => depth(a) - depth(b))
  const slugs = new Map((await tenants.list()).map(({ slug, id }) => [slug, id]))
  const today = governingPolicy(await worldAbove(revisions, names, slugs), uppermost, documentKinds)
  // What came out of the database is plain JSON.
  return !isDeepStrictEqual(JSON.parse(JSON.stringify(today)), JSON.parse(JSON.stringify(rollout.policy)))
}
