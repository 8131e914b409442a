import { NxError } from '../kernel/errors.ts'
import { isJsonObject } from '../kernel/json.ts'
import { resolveDocuments } from '../control-plane/resolution/resolve-documents.ts'
import type { RevisionStore } from '../control-plane/revisions/revision-store.ts'
import { documentKinds } from './kinds.ts'

/**
 * Throws NX-RULE-NOT-FOUND unless `rule`, written `RULESET/RULE`, is in the active configuration of the workspace: a replay for a
 * rule that is not there would do nothing, and say that all is done.
 */
export async function requireRule(
  revisions: Pick<RevisionStore, 'effective'>,
  tenant: { readonly id: string; readonly slug: string },
  workspace: string,
  rule: string,
): Promise<void> {
  const { layers } = await revisions.effective(tenant.id, workspace)
  const { documents } = resolveDocuments(layers, documentKinds)
  const known = documents.flatMap(({ kind, name, body }) => {
    const rules = kind === 'RuleSet' && isJsonObject(body) ? body['rules'] : undefined
    if (!Array.isArray(rules)) return []
    return rules.flatMap((one) => (isJsonObject(one) ? [`${name}/${String(one['id'])}`] : []))
  })
  if (known.includes(rule)) return
  const detail = known.length === 0 ? 'It has no rules.' : `It has ${known.slice(0, 20).join(', ')}.`
  throw new NxError(
    'not_found',
    'NX-RULE-NOT-FOUND',
    `There is no rule '${rule}' in workspace '${workspace}'`,
    {
      detail: known.length > 20 ? `${detail.slice(0, -1)} and ${known.length - 20} more.` : detail,
      fix: `Name one of them, or its workspace with --workspace; neuronx config show --tenant ${tenant.slug} shows what is active.`,
    },
  )
}
