import { compileIntegrations } from '../../adapters/connectors/compile-integrations.ts'
import type { DocumentSet } from '../../control-plane/documents/document-kind.ts'
import type { Scope, StoredDocument } from '../../control-plane/documents/document.ts'
import { scopeName } from '../../control-plane/documents/document.ts'
import { loadDocuments } from '../../control-plane/documents/load-documents.ts'
import type { DocumentLayer } from '../../control-plane/resolution/resolve-documents.ts'
import { resolveDocuments } from '../../control-plane/resolution/resolve-documents.ts'
import type { ResolvedDocument } from '../../control-plane/resolution/resolved-document.ts'

import { bundleDigest, revisionDigest } from '../../control-plane/revisions/revision-digest.ts'
import type { RevisionStore } from '../../control-plane/revisions/revision-store.ts'
import { ConfigurationInvalid } from '../../control-plane/validate/configuration-invalid.ts'
import { isValid, validateDirectory } from '../../control-plane/validate/validate-directory.ts'
import { digestOf } from '../../kernel/digest.ts'
import { NxError } from '../../kernel/errors.ts'
import { compileSalesConfig } from '../../sales-core/compile/compile-sales-config.ts'
import type { SalesConfig } from '../../sales-core/compile/sales-config.ts'
import { documentKinds } from '../kinds.ts'

/** A configuration as one (tenant, workspace) is under it, compiled. */
export interface ConfigurationSide {
  readonly digest: string
  readonly documents: readonly ResolvedDocument[]
  readonly set: DocumentSet
  readonly config: SalesConfig
}

/** Whose configuration is meant. `id` null: no installation is asked, only directories. */
export interface SideScope {
  readonly tenant: { readonly id: string | null; readonly slug: string }
  readonly workspace: string
}

type Layer = DocumentLayer & { readonly digest: string }
type StoredRevisions = Pick<RevisionStore, 'effective' | 'effectiveByDigest'>

/** What is active now. */
export async function activeSide(revisions: StoredRevisions, scope: SideScope): Promise<ConfigurationSide> {
  const { digest, layers } = await revisions.effective(tenantIdOf(scope), scope.workspace)
  return compiled(digest, layers, scope)
}

/** What was active when decisions recorded this digest. Throws NX-DIGEST-UNKNOWN. */
export async function recordedSide(
  revisions: StoredRevisions,
  scope: SideScope,
  digest: string,
): Promise<ConfigurationSide> {
  const layers = await revisions.effectiveByDigest(tenantIdOf(scope), digest)
  if (layers !== null) return compiled(digest, layers, scope)
  throw new NxError('not_found', 'NX-DIGEST-UNKNOWN', 'No configuration of this digest is recorded', {
    detail: `${digest} for ${scope.tenant.slug}, workspace ${scope.workspace}`,
    fix: `neuronx config history --tenant ${scope.tenant.slug} lists what was active.`,
  })
}

/**
 * What would be active after `config apply` of a directory: its scopes, and of those it has no folder for what is active now.
 * Throws NX-CONFIG-INVALID and NX-CONFIG-DIRECTORY.
 */
export async function directorySide(
  directory: string,
  revisions: StoredRevisions | null,
  scope: SideScope,
): Promise<ConfigurationSide> {
  const report = await validateDirectory(directory, documentKinds)
  if (!isValid(report)) throw new ConfigurationInvalid(report.findings)
  const written = new Map(report.scopes.map((own) => [scopeName(own.scope), own.documents]))
  const active =
    revisions === null ? [] : (await revisions.effective(tenantIdOf(scope), scope.workspace)).layers
  const stored = new Map(active.map((layer) => [scopeName(layer.scope), layer.documents]))
  const tenantName = scopeName({ level: 'tenant', tenant: scope.tenant.slug })
  const layers = chainOf(scope).flatMap((own): Layer[] => {
    const name = scopeName(own)
    // A tenant's folder speaks for all its workspaces: one that it leaves out becomes empty.
    const speaks = own.level === 'workspace' ? written.has(tenantName) : written.has(name)
    const documents = written.get(name) ?? (speaks ? [] : stored.get(name))
    if (documents === undefined || (documents.length === 0 && !stored.has(name) && own.level !== 'global'))
      return []
    return [{ scope: own, documents, digest: revisionDigest(documents) }]
  })
  return compiled(bundleDigest(layers), layers, scope)
}

/** A configuration that is put together from scopes, from global down. */
export function layersSide(layers: readonly Layer[], scope: SideScope): ConfigurationSide {
  return compiled(bundleDigest(layers), layers, scope)
}

/**
 * The baseline with one RuleSet, or one rule of it (`set/rule`), as the candidate has it: what that change does by itself. Throws
 * NX-RULE-NOT-FOUND when neither has it.
 */
export function onlyRule(
  baseline: ConfigurationSide,
  candidate: ConfigurationSide,
  ref: string,
  scope: SideScope,
): ConfigurationSide {
  const [set = '', rule = null] = ref.split('/', 2)
  const of = (side: ConfigurationSide) =>
    side.documents.find(({ kind, name }) => kind === 'RuleSet' && name === set) ?? null
  const [before, after] = [of(baseline), of(candidate)]
  const mixed = rule === null ? after : mixRule(before, after, rule)
  const known =
    rule === null ? before !== null || after !== null : [before, after].some((one) => hasRule(one, rule))
  if (!known) {
    throw new NxError(
      'not_found',
      'NX-RULE-NOT-FOUND',
      `Neither configuration has ${rule === null ? 'a RuleSet' : 'a rule'} '${ref}'`,
      {
        fix: `neuronx rule list --tenant ${scope.tenant.slug} shows the active ones.`,
      },
    )
  }
  const others: StoredDocument[] = baseline.documents.filter((document) => document !== before)
  const documents = mixed === null ? others : [...others, mixed]
  const loaded = loadDocuments(documents, documentKinds)
  const digest = revisionDigest(documents)
  const config = compileSalesConfig(loaded, digest, compileIntegrations(loaded).catalog, scope.tenant.slug)
  return { digest, documents: [], set: loaded, config }
}

function compiled(
  digest: string,
  layers: readonly DocumentLayer[],
  { tenant }: SideScope,
): ConfigurationSide {
  const { documents } = resolveDocuments(layers, documentKinds)
  const set = loadDocuments(documents, documentKinds)
  const config = compileSalesConfig(set, digest, compileIntegrations(set).catalog, tenant.slug)
  return { digest, documents, set, config }
}

function chainOf({ tenant: { slug: tenant }, workspace }: SideScope): readonly Scope[] {
  return [{ level: 'global' }, { level: 'tenant', tenant }, { level: 'workspace', tenant, workspace }]
}

function rulesOf(document: StoredDocument | null): readonly { readonly id: string }[] {
  return (document?.body['rules'] ?? []) as unknown as readonly { readonly id: string }[]
}

function hasRule(document: StoredDocument | null, id: string): boolean {
  return rulesOf(document).some((rule) => rule.id === id)
}

function mixRule(
  before: StoredDocument | null,
  after: StoredDocument | null,
  id: string,
): StoredDocument | null {
  const base = before ?? after
  if (base === null) return null
  const changed = rulesOf(after).filter((rule) => rule.id === id)
  const at = rulesOf(before).findIndex((rule) => rule.id === id)
  const kept = rulesOf(before).filter((rule) => rule.id !== id)
  const rules = kept.toSpliced(at < 0 ? kept.length : at, 0, ...changed)
  // A RuleSet without rules is no RuleSet.
  if (rules.length === 0) return null
  const body = { ...base.body, rules: rules as never }
  return { kind: base.kind, name: base.name, digest: digestOf(body), body }
}

function tenantIdOf({ tenant }: SideScope): string {
  if (tenant.id !== null) return tenant.id
  throw new NxError('bug', 'NX-BUG', 'An installation is asked without a tenant')
}
