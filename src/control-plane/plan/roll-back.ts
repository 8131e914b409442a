import type { Actor } from '../../platform/access/actor.ts'
import { requirePermission } from '../../platform/access/actor.ts'
import type { TenantStore } from '../../platform/tenants/tenant-store.ts'
import type { Scope } from '../documents/document.ts'
import { scopeName } from '../documents/document.ts'
import type { DocumentKind } from '../documents/document-kind.ts'
import type { Finding } from '../documents/finding.ts'
import { fleetKind } from '../fleet/fleet-kind.ts'
import { revisionNotFound } from '../revisions/revision-errors.ts'
import type { AppliedScope, RevisionStore } from '../revisions/revision-store.ts'
import { ConfigurationInvalid } from '../validate/configuration-invalid.ts'
import { validateDocuments } from '../validate/validate-documents.ts'
import type { World } from './world/configuration-world.ts'
import { workspacesOf, worldOf } from './world/configuration-world.ts'
import { keptDocuments } from './world/kept-documents.ts'
import { readStored } from './world/read-world.ts'

export interface RollBackPorts {
  readonly revisions: Pick<RevisionStore, 'heads' | 'revision' | 'previous' | 'rollback'>
  readonly tenants: Pick<TenantStore, 'list'>
  readonly kinds: readonly DocumentKind[]
}

export interface RollBackOptions {
  readonly scopes: readonly Scope[]
  /** A digest, its beginning, or `previous`. */
  readonly to: string
  readonly reason: string
  readonly overrideQuarantine?: boolean
  /** Roll back although the result does not validate. */
  readonly force?: boolean
  /** Say what would be, and change nothing. */
  readonly dryRun?: boolean
}

/**
 * Makes earlier revisions active again: a pointer swap, however old they are. Needs config.apply on the installation. Refused
 * (NX-CONFIG-INVALID) when what the other scopes have today does not fit the earlier revision, unless it is forced. Throws NX-DENIED
 * and what the store's `rollback` throws.
 */
export async function rollBack(
  { revisions, tenants, kinds }: RollBackPorts,
  actor: Actor,
  { scopes, to, reason, force = false, overrideQuarantine = false, dryRun = false }: RollBackOptions,
): Promise<readonly AppliedScope[]> {
  requirePermission(actor, 'config.apply', null)
  const known = await tenants.list()
  const heads = await revisions.heads(known.map(({ id }) => id))
  const targets: { readonly scope: Scope; readonly to: string }[] = []
  for (const scope of scopes) {
    const digest = to === 'previous' ? await revisions.previous(scope) : to
    const revision = digest === null ? null : await revisions.revision(scope, digest)
    if (revision === null) throw revisionNotFound(scope, to)
    targets.push({ scope, to: revision.digest })
  }
  const before = await readStored(revisions, heads)
  const swapped = await readStored(
    revisions,
    targets.map(({ scope, to: digest }) => ({ scope, digest })),
  )
  const after = worldOf([...before.values(), ...swapped.values()])
  if (!force) requireNoWorse(before, after, kinds)
  if (dryRun) {
    return targets.map(({ scope, to: digest }) => {
      const previousDigest = before.get(scopeName(scope))?.digest ?? null
      return { scope, digest, previousDigest, changed: previousDigest !== digest }
    })
  }
  const slugs = known.map(({ slug }) => slug)
  const keep = keptDocuments(after, workspacesOf([after], slugs), kinds)
  const base = scopes.map((scope) => ({
    scope,
    digest: heads.find((head) => scopeName(head.scope) === scopeName(scope))?.digest ?? null,
  }))
  return await revisions.rollback(targets, actor, reason, { overrideQuarantine, keep, base })
}

/** Only what is wrong after and was not before speaks against it: a way back must not be barred by what is wrong anyway. */
function requireNoWorse(before: World, after: World, kinds: readonly DocumentKind[]): void {
  const known = new Set(errorsOf(before, kinds).map(textOf))
  const worse = errorsOf(after, kinds).filter((finding) => !known.has(textOf(finding)))
  if (worse.length > 0) throw new ConfigurationInvalid(worse)
}

function errorsOf(world: World, kinds: readonly DocumentKind[]): readonly Finding[] {
  const known = kinds.some(({ kind }) => kind === fleetKind.kind) ? kinds : [...kinds, fleetKind]
  const scopes = [...world.values()].map(({ scope }) => scope)
  const documents = [...world.values()].flatMap((one) => one.documents)
  return validateDocuments(documents, known, { scopes }).findings.filter(
    ({ severity }) => severity === 'error',
  )
}

function textOf({ code, message, path }: Finding): string {
  return `${code} ${message} ${path}`
}
