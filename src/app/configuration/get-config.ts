import { readDirectory } from '../../control-plane/directory/read-directory.ts'
import type { Scope, SourceDocument, StoredDocument } from '../../control-plane/documents/document.ts'
import { pathText, scopeName } from '../../control-plane/documents/document.ts'
import type { DocumentPath } from '../../control-plane/documents/document.ts'
import { hideSecrets } from '../../control-plane/plan/difference/hide-secrets.ts'
import { findValue } from '../../control-plane/resolution/find-value.ts'
import type { LayerEntry, LayerOutcome } from '../../control-plane/resolution/layer.ts'
import type { DocumentPlaces } from '../../control-plane/resolution/places-of.ts'
import { placeAt } from '../../control-plane/resolution/places-of.ts'
import type { DocumentLayer } from '../../control-plane/resolution/resolve-documents.ts'
import { resolveDocuments } from '../../control-plane/resolution/resolve-documents.ts'
import { policyText } from '../../control-plane/resolution/trace-history.ts'
import { gitSource } from '../../control-plane/revisions/git-source.ts'
import type { Revision, RevisionStore } from '../../control-plane/revisions/revision-store.ts'
import { ConfigurationInvalid } from '../../control-plane/validate/configuration-invalid.ts'
import { allScopes, scopeChain } from '../../control-plane/validate/scope-view.ts'
import { NxError } from '../../kernel/errors.ts'
import type { JsonValue } from '../../kernel/json.ts'
import { isJsonObject } from '../../kernel/json.ts'
import { nearestName } from '../../kernel/nearest-name.ts'
import { documentKinds } from '../kinds.ts'

/** What one scope says about a value. */
export interface ValueLayer {
  readonly scope: string
  /** Null when the scope unsets it. */
  readonly value: JsonValue
  readonly outcome: LayerOutcome
  readonly why: string
  readonly policy: string
  /** Null where a stored revision has no places. */
  readonly file: string | null
  readonly line: number | null
  readonly column: number | null
  readonly commit: string | null
  readonly author: string | null
}

/** A value of the effective configuration and every layer's part in it, from global down. */
export interface GotValue {
  readonly document: string
  readonly digest: string
  /** In the document; '' for all of it. */
  readonly path: string
  /** Null: it is null, or `isUnset`. Texts that are or look like secrets are hidden: a directory need not be valid to be asked. */
  readonly value: JsonValue
  readonly isUnset: boolean
  readonly layers: readonly ValueLayer[]
}

export interface ScopeChoice {
  readonly tenant: string | null
  readonly workspace: string | null
}

/** Where a layer's document came from. */
interface Provenance {
  readonly commit: string | null
  readonly author: string | null
  place(document: StoredDocument, path: DocumentPath): { file: string; line: number; column: number } | null
}

/**
 * A value of a configuration directory as a scope sees it, offline. Throws NX-CONFIG-PATH, NX-CONFIG-PATH-NOT-FOUND,
 * NX-SCOPE-NOT-FOUND, NX-CONFIG-INVALID when a file cannot be read, NX-CONFIG-DIRECTORY.
 */
export async function getFromDirectory(
  directory: string,
  choice: ScopeChoice,
  path: string,
): Promise<GotValue> {
  const read = await readDirectory(directory)
  if (read.findings.some(({ severity }) => severity === 'error'))
    throw new ConfigurationInvalid(read.findings)
  const scope = knownScope(
    choice,
    allScopes([...read.scopes, ...read.documents.map((document) => document.scope)]),
  )
  const byScope = Map.groupBy(read.documents, (document) => scopeName(document.scope))
  const layers = scopeChain(scope).map((one) => ({
    scope: one,
    documents: byScope.get(scopeName(one)) ?? [],
  }))
  const { commit, author } = await gitSource(directory)
  const place: Provenance['place'] = (document, at) => (document as SourceDocument).locate(at, keyed(at))
  return got(layers, path, () => ({ commit, author, place }))
}

/**
 * A value of what is active for a tenant's workspace. Throws NX-CONFIG-PATH, NX-CONFIG-PATH-NOT-FOUND, NX-SCOPE-NOT-FOUND for a
 * workspace that has no revision (`default` needs none), and what the store throws.
 */
export async function getFromRevisions(
  revisions: Pick<RevisionStore, 'active'>,
  tenant: { readonly id: string; readonly slug: string },
  workspace: string | null,
  path: string,
): Promise<GotValue> {
  const active = await revisions.active(tenant.id)
  const own: Scope = { level: 'tenant', tenant: tenant.slug }
  const scope = knownScope(
    { tenant: tenant.slug, workspace },
    allScopes([own, ...active.map((revision) => revision.scope)]),
  )
  const byScope = new Map(active.map((revision) => [scopeName(revision.scope), revision]))
  const layers = scopeChain(scope).flatMap((one) => byScope.get(scopeName(one)) ?? [])
  return got(layers, path, (one) => provenanceOf(byScope.get(scopeName(one)) as Revision))
}

function provenanceOf({ source, places }: Revision): Provenance {
  const place: Provenance['place'] = ({ kind, name }, at) => {
    const own = placesIn(places?.[`${kind}/${name}`])
    return own === null ? null : placeAt(own, at)
  }
  return { commit: source.commit, author: source.author, place }
}

/** Places as they were stored; null when there are none, or in a form of another version. */
function placesIn(stored: JsonValue | undefined): DocumentPlaces | null {
  if (!isJsonObject(stored) || typeof stored.file !== 'string' || !isJsonObject(stored.lines)) return null
  const { file, lines } = stored
  const isPlace = (place: JsonValue | undefined): boolean =>
    Array.isArray(place) && typeof place[0] === 'number' && typeof place[1] === 'number'
  return Object.values(lines).every(isPlace)
    ? { file, lines: lines as unknown as DocumentPlaces['lines'] }
    : null
}

function got(
  layers: readonly DocumentLayer[],
  text: string,
  provenance: (scope: Scope) => Provenance,
): GotValue {
  const { documents } = resolveDocuments(layers, documentKinds)
  const { document, path, value, history } = findValue(documents, text)
  return {
    document: `${document.kind}/${document.name}`,
    digest: document.digest,
    path: pathText(path),
    value: hideSecrets(value ?? null, path),
    isUnset: value === undefined,
    layers: history.map((entry) => layerOf(entry, provenance(entry.scope))),
  }
}

function layerOf(entry: LayerEntry, { commit, author, place }: Provenance): ValueLayer {
  const { scope, document, path, value, policy, outcome, why } = entry
  const at = place(document, path)
  return {
    scope: scopeName(scope),
    value: hideSecrets(value, path),
    outcome,
    why,
    policy: policyText(policy),
    file: at?.file ?? null,
    line: at?.line ?? null,
    column: at?.column ?? null,
    commit,
    author,
  }
}

function keyed(path: DocumentPath): { key: boolean } {
  return { key: typeof path.at(-1) === 'string' }
}

function knownScope({ tenant, workspace }: ScopeChoice, known: readonly Scope[]): Scope {
  if (tenant === null) {
    if (workspace === null) return { level: 'global' }
    throw new NxError('usage', 'NX-TENANT-REQUIRED', `Whose workspace '${workspace}'?`, {
      fix: 'Add --tenant SLUG.',
    })
  }
  const wanted: Scope =
    workspace === null ? { level: 'tenant', tenant } : { level: 'workspace', tenant, workspace }
  const names = new Set(known.map(scopeName))
  if (names.has(scopeName(wanted))) return wanted
  const parent: Scope = { level: 'tenant', tenant }
  // The default workspace needs no folder: it is under what its tenant is under.
  if (workspace === 'default' && names.has(scopeName(parent))) return parent
  const meant = nearestName(scopeName(wanted), [...names])
  throw new NxError('not_found', 'NX-SCOPE-NOT-FOUND', `There is no scope ${scopeName(wanted)}`, {
    fix: meant === null ? `There is ${[...names].slice(0, 20).join(', ')}.` : `Did you mean ${meant}?`,
  })
}
