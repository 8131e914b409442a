import { compileIntegrations } from '../../../adapters/connectors/compile-integrations.ts'
import type { CompiledIntegrations } from '../../../adapters/connectors/compile-integrations.ts'
import { scopeName } from '../../../control-plane/documents/document.ts'
import { loadEffective } from '../../../control-plane/resolution/load-effective.ts'
import type { DocumentLayer } from '../../../control-plane/resolution/resolve-documents.ts'
import { bundleDigest, revisionDigest } from '../../../control-plane/revisions/revision-digest.ts'
import type { EffectiveDocuments, RevisionStore } from '../../../control-plane/revisions/revision-store.ts'
import type { Rollout, RolloutScope } from '../../../control-plane/rollout/rollout.ts'
import { errorText, NxError } from '../../../kernel/errors.ts'
import { compileSalesConfig } from '../../../sales-core/compile/compile-sales-config.ts'
import type { SalesConfig } from '../../../sales-core/compile/sales-config.ts'
import type { RuleBlockStore } from '../../../sales-core/rules/index/rule-block-store.ts'
import type { PartFailure } from '../../../sales-core/processing/arms/served-rollout.ts'
import { documentKinds } from '../../kinds.ts'

/** What one workspace would be under if a rollout's candidate were active. */
export interface CompiledCandidate {
  /** What it was made of: the baseline's bundle and the candidate. */
  readonly key: string
  readonly made:
    | { readonly config: SalesConfig; readonly integrations: CompiledIntegrations }
    | { readonly unusable: PartFailure }
}

/** The place of a workspace that a candidate is compiled for. */
export interface CandidatePlace {
  readonly tenantId: string
  readonly tenantSlug: string
  readonly workspace: string
  /** The indexes that its rules may have in common with others. */
  readonly blocks: RuleBlockStore
}

export function candidateKey(effective: Pick<EffectiveDocuments, 'digest'>, rollout: Rollout): string {
  return `${effective.digest} ${rollout.candidateDigest}`
}

/**
 * Compiles the candidate of a rollout for a workspace: its active layers, with those of the rollout's scopes that it sees replaced. One
 * that cannot be compiled is `unusable`; only what another try may mend (no database) is thrown.
 */
export async function compileCandidate(
  revisions: Pick<RevisionStore, 'revision'>,
  effective: EffectiveDocuments,
  rollout: Rollout,
  place: CandidatePlace,
): Promise<CompiledCandidate> {
  const key = candidateKey(effective, rollout)
  const seen = rollout.scopes.filter((scope) => isSeen(scope, place))
  let layers: readonly DocumentLayer[] = effective.layers
  for (const { scope, candidate } of seen) {
    const revision = await revisions.revision(scope, candidate.digest)
    if (revision === null) return { key, made: { unusable: gone(candidate.digest) } }
    layers = withLayer(layers, { scope, documents: revision.documents })
  }
  try {
    const set = loadEffective({ layers }, documentKinds)
    const digest = bundleDigest(
      layers.map(({ scope, documents }) => ({ scope, digest: revisionDigest(documents) })),
    )
    const integrations = compileIntegrations(set)
    const config = compileSalesConfig(set, digest, integrations.catalog, place.tenantSlug, place.blocks)
    return { key, made: { config, integrations } }
  } catch (error) {
    const code = error instanceof NxError ? error.code : 'NX-ROLLOUT-CANDIDATE'
    const detail = error instanceof NxError && error.detail !== undefined ? `: ${error.detail}` : ''
    const message = `${errorText(error)}${detail}`.slice(0, 2_000)
    return { key, made: { unusable: { document: 'revision', code, message } } }
  }
}

function isSeen({ scope, tenantId }: RolloutScope, place: CandidatePlace): boolean {
  if (tenantId === null) return true
  return tenantId === place.tenantId && (scope.level !== 'workspace' || scope.workspace === place.workspace)
}

const levels = ['global', 'tenant', 'workspace'] as const

/** From global down, one layer of each scope. */
function withLayer(layers: readonly DocumentLayer[], layer: DocumentLayer): readonly DocumentLayer[] {
  const others = layers.filter(({ scope }) => scopeName(scope) !== scopeName(layer.scope))
  return [...others, layer].sort((a, b) => levels.indexOf(a.scope.level) - levels.indexOf(b.scope.level))
}

function gone(digest: string): PartFailure {
  const message = `The candidate's revision ${digest.slice(0, 12)} is not stored`
  return { document: 'revision', code: 'NX-REVISION-NOT-FOUND', message }
}
