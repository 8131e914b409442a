import type { JsonObject } from '../../../kernel/json.ts'
import type { Actor } from '../../../platform/access/actor.ts'
import { requirePermission } from '../../../platform/access/actor.ts'
import type { Permission } from '../../../platform/access/actor.ts'
import { NxError } from '../../../kernel/errors.ts'
import { nearestName } from '../../../kernel/nearest-name.ts'
import type { Tenant } from '../../../platform/tenants/tenant.ts'
import type { TenantStore } from '../../../platform/tenants/tenant-store.ts'
import type { Scope, SourceDocument } from '../../documents/document.ts'
import { scopeName } from '../../documents/document.ts'
import type { DocumentKind } from '../../documents/document-kind.ts'
import { fleetKind } from '../../fleet/fleet-kind.ts'
import type { RevisionPlaces } from '../../resolution/places-of.ts'
import { placesOf } from '../../resolution/places-of.ts'
import { gitSource } from '../../revisions/git-source.ts'
import { revisionDigest } from '../../revisions/revision-digest.ts'
import type {
  ActiveHead,
  KeptDocuments,
  NewRevision,
  RevisionSource,
  RevisionStore,
  ScopeDigest,
} from '../../revisions/revision-store.ts'
import { ConfigurationInvalid } from '../../validate/configuration-invalid.ts'
import type { ValidationReport } from '../../validate/validate-directory.ts'
import { isValid, validateDirectory } from '../../validate/validate-directory.ts'
import { validateDocuments } from '../../validate/validate-documents.ts'
import type { Workspace, World, WorldScope } from './configuration-world.ts'
import { workspacesOf, worldOf } from './configuration-world.ts'
import { keptDocuments } from './kept-documents.ts'
import { readStored } from './read-world.ts'

export interface CandidatePorts {
  readonly revisions: Pick<RevisionStore, 'heads' | 'revision'>
  readonly tenants: Pick<TenantStore, 'list'>
  readonly kinds: readonly DocumentKind[]
  /** Where a directory's content comes from. Default: as git tells it. */
  readonly sourceOf?: (directory: string) => Promise<RevisionSource>
}

/** A directory beside what is active: all that a plan compares and an apply stores. */
export interface Candidate {
  /** In the order global, tenants by slug, each with its workspaces. */
  readonly revisions: readonly NewRevision[]
  /** What it was compared with: its own scopes, and those that see what it changes. */
  readonly base: readonly ScopeDigest[]
  readonly keep: readonly KeptDocuments[]
  readonly source: RevisionSource
  readonly report: ValidationReport
  readonly before: World
  readonly after: World
  readonly workspaces: readonly Workspace[]
  readonly heads: ReadonlyMap<string, ActiveHead>
  readonly tenants: readonly Tenant[]
}

/**
 * Reads and validates a directory and sets it beside what is active. The directory speaks for the global scope and for every tenant that
 * has a folder, with its workspaces (one whose folder has gone gets an empty revision); other tenants stay as they are, and a global
 * change that would break one of them is refused like any other error. Writes nothing. Throws NX-DENIED, NX-CONFIG-INVALID
 * (`ConfigurationInvalid`, with all findings), NX-CONFIG-DIRECTORY, NX-TENANT-NOT-FOUND.
 */
export async function readCandidate(
  ports: CandidatePorts,
  actor: Actor,
  permission: Permission,
  directory: string,
): Promise<Candidate> {
  requirePermission(actor, permission, null)
  const report = await validateDirectory(directory, ports.kinds)
  if (!isValid(report)) throw new ConfigurationInvalid(report.findings)
  const [source, tenants] = await Promise.all([
    (ports.sourceOf ?? gitSource)(directory),
    ports.tenants.list(),
  ])
  requireTenants(
    report.scopes.map(({ scope }) => scope),
    tenants,
  )
  const heads = new Map(
    (await ports.revisions.heads(tenants.map(({ id }) => id))).map((head) => [scopeName(head.scope), head]),
  )
  const present = report.scopes.map(({ scope, documents }) =>
    newRevision(scope, documents, heads.get(scopeName(scope))?.digest),
  )
  const revisions = [...present, ...goneWorkspaces(present, heads)].sort((a, b) =>
    compareText(scopeName(a.scope), scopeName(b.scope)),
  )
  const own = new Map(report.scopes.map(({ scope, documents }) => [scopeName(scope), documents]))
  const { before, after, untouched } = await readWorlds(ports, revisions, own, heads)
  if (untouched.length > 0) requireWhole(after, ports.kinds)
  const workspaces = workspacesOf(
    [before, after],
    tenants.map(({ slug }) => slug),
  )
  const pinned = [...revisions.map(({ scope }) => scope), ...untouched]
  return {
    revisions,
    base: pinned.map((scope) => ({ scope, digest: heads.get(scopeName(scope))?.digest ?? null })),
    keep: keptDocuments(after, workspaces, ports.kinds),
    ...{ source, report, before, after, workspaces, heads, tenants },
  }
}

/** The revision that a scope's documents make, with the places where they stand unless it is what is active already. */
export function newRevision(
  scope: Scope,
  documents: readonly SourceDocument[],
  active?: string,
): NewRevision {
  const digest = revisionDigest(documents)
  const placed = digest === active ? [] : documents
  const places: RevisionPlaces = Object.fromEntries(
    placed.map((document) => [`${document.kind}/${document.name}`, placesOf(document)]),
  )
  return {
    scope,
    digest,
    // Only what is stored: a source document also knows its file's text.
    documents: documents.map(({ kind, name, digest, body }) => ({ kind, name, digest, body })),
    places: places as unknown as JsonObject,
  }
}

/** Empty revisions for active workspaces whose folder the directory no longer has, of tenants that it does have. */
function goneWorkspaces(
  present: readonly NewRevision[],
  heads: ReadonlyMap<string, ActiveHead>,
): readonly NewRevision[] {
  const names = new Set(present.map(({ scope }) => scopeName(scope)))
  const tenants = new Set(present.flatMap(({ scope }) => (scope.level === 'tenant' ? [scope.tenant] : [])))
  return [...heads.values()].flatMap(({ scope }) =>
    scope.level === 'workspace' && tenants.has(scope.tenant) && !names.has(scopeName(scope))
      ? [newRevision(scope, [])]
      : [],
  )
}

async function readWorlds(
  { revisions: store }: CandidatePorts,
  revisions: readonly NewRevision[],
  own: ReadonlyMap<string, readonly SourceDocument[]>,
  heads: ReadonlyMap<string, ActiveHead>,
): Promise<{ readonly before: World; readonly after: World; readonly untouched: readonly Scope[] }> {
  const spokenFor = new Set(revisions.map(({ scope }) => scopeName(scope)))
  const globalChanges = revisions.some(
    ({ scope, digest }) => scope.level === 'global' && heads.get('global')?.digest !== digest,
  )
  // Who else sees what changes: only the global scope is seen by tenants that the directory does not speak for.
  const untouched = globalChanges
    ? [...heads.values()].filter(({ scope }) => !spokenFor.has(scopeName(scope)))
    : []
  const changed = revisions.flatMap(({ scope, digest }) => {
    const head = heads.get(scopeName(scope))
    return head === undefined || head.digest === digest ? [] : [head]
  })
  const stored = await readStored(store, [...untouched, ...changed])
  const candidate = revisions.map(({ scope, digest }): WorldScope => ({
    ...{ scope, digest },
    documents: own.get(scopeName(scope)) ?? [],
  }))
  const same = candidate.filter(({ scope, digest }) => heads.get(scopeName(scope))?.digest === digest)
  const others = untouched.flatMap(({ scope }) => stored.get(scopeName(scope)) ?? [])
  return {
    before: worldOf([...same, ...stored.values()]),
    after: worldOf([...candidate, ...others]),
    untouched: untouched.map(({ scope }) => scope),
  }
}

/** Tenants that the directory does not speak for must be able to live with what it changes above them. */
function requireWhole(after: World, kinds: readonly DocumentKind[]): void {
  const known = kinds.some(({ kind }) => kind === fleetKind.kind) ? kinds : [...kinds, fleetKind]
  const { findings } = validateDocuments(
    [...after.values()].flatMap(({ documents }) => documents),
    known,
    { scopes: [...after.values()].map(({ scope }) => scope) },
  )
  if (!isValid({ findings })) throw new ConfigurationInvalid(findings)
}

function requireTenants(scopes: readonly Scope[], tenants: readonly Tenant[]): void {
  const slugs = tenants.map(({ slug }) => slug)
  for (const scope of scopes) {
    if (scope.level === 'global' || slugs.includes(scope.tenant)) continue
    const near = nearestName(scope.tenant, slugs)
    throw new NxError('not_found', 'NX-TENANT-NOT-FOUND', `There is no tenant '${scope.tenant}'`, {
      detail: `The directory has a folder ${scopeName(scope)}.${near === null ? '' : ` Did you mean ${near}?`}`,
      fix: `Create it: neuronx tenant create ${scope.tenant}`,
    })
  }
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
