import type { Actor } from '../../platform/access/actor.ts'
import type { CandidatePorts } from '../plan/world/read-candidate.ts'
import { readCandidate } from '../plan/world/read-candidate.ts'
import type { ValidationReport } from '../validate/validate-directory.ts'
import type { AppliedScope, ApplyOptions, RevisionSource, RevisionStore } from './revision-store.ts'

export interface ApplyDirectoryPorts extends CandidatePorts {
  readonly revisions: Pick<RevisionStore, 'apply' | 'heads' | 'revision'>
}

export interface AppliedDirectory {
  /** In the order global, tenants by slug, each with its workspaces. */
  readonly scopes: readonly AppliedScope[]
  readonly source: RevisionSource
  /** Warnings, and the documents that were applied. */
  readonly report: ValidationReport
}

export interface ApplyDirectoryOptions extends Pick<ApplyOptions, 'kind' | 'overrideQuarantine'> {
  readonly directory: string
  readonly reason?: string | null
}

/**
 * Validates a configuration directory and makes it the active revision of its scopes: all or nothing. The global scope is always
 * written; so is every tenant that has a folder, with its workspaces: one whose folder has gone gets an empty revision. Tenants
 * without a folder are left alone. Needs config.apply on the installation. Throws what `readCandidate` and the store's `apply` throw;
 * NX-PLAN-STALE when somebody applied something else meanwhile.
 */
export async function applyDirectory(
  ports: ApplyDirectoryPorts,
  actor: Actor,
  { directory, reason = null, ...options }: ApplyDirectoryOptions,
): Promise<AppliedDirectory> {
  const { revisions, base, keep, source, report } = await readCandidate(
    ports,
    actor,
    'config.apply',
    directory,
  )
  const scopes = await ports.revisions.apply(revisions, source, actor, reason, { ...options, base, keep })
  return { scopes, source, report }
}
