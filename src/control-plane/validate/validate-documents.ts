import type { Scope, SourceDocument } from '../documents/document.ts'
import { scopeName } from '../documents/document.ts'
import type { DocumentKind, DocumentSet, TypedDocument } from '../documents/document-kind.ts'
import { documentSet } from '../documents/document-set.ts'
import type { Finding } from '../documents/finding.ts'
import type { BrokenDocument } from '../documents/yaml-document.ts'
import { checkDocuments } from './check-documents.ts'
import { checkNames } from './scopes/check-names.ts'
import { checkReferences } from './check-references.ts'
import type { ReadDocument } from './read-document.ts'
import type { ResolvedScope } from './scopes/resolve-scope.ts'
import { concernedAbove, resolveScope } from './scopes/resolve-scope.ts'
import { allScopes, scopeChain, ScopeView } from './scope-view.ts'
import { sortFindings } from './sort-findings.ts'

/** The documents of one scope, after validation. */
export interface ScopeDocuments {
  readonly scope: Scope
  /** Its own documents as they were written, without those with findings of shape or name, in the order of kind and name. */
  readonly documents: readonly SourceDocument[]
  /** The same as the scope sees them: overlays merged over what is above them. */
  readonly resolved: readonly SourceDocument[]
  /** All that it sees, upper scopes included and resolved. */
  readonly set: DocumentSet
}

export interface ValidatedDocuments {
  /** Sorted by file, line and column. */
  readonly findings: readonly Finding[]
  /** From global down. */
  readonly scopes: readonly ScopeDocuments[]
}

export interface ValidateOptions {
  /** Documents whose syntax is wrong: no findings are made for them, but their names count as taken and provided. */
  readonly broken?: readonly BrokenDocument[]
  /** Scopes without documents that exist nevertheless. */
  readonly scopes?: readonly Scope[]
}

/**
 * Checks documents against their kinds and each other: heads, shapes, names, what overlays may do to the layers above, references
 * within what each scope sees, and each kind's own checks. A document of a lower scope is checked merged over the upper one of its
 * name. Pure; finds everything at once; the same findings whatever order the documents come in. A document with findings of shape
 * makes no noise for those that refer to it.
 */
export function validateDocuments(
  sources: readonly SourceDocument[],
  kinds: readonly DocumentKind[],
  options: ValidateOptions = {},
): ValidatedDocuments {
  const broken = options.broken ?? []
  const names = checkNames([...sources, ...broken])
  const resolved = resolveScopes(sources, kinds, { broken, scopes: options.scopes ?? [] }, names.shadowed)
  const views = [...resolved.values()].map(({ view }) => view)
  const sets = new Map(views.map((view) => [view, setOf(view, names.shadowed)]))
  const checked = views.flatMap((view) => {
    const set = sets.get(view) ?? documentSet([])
    return [...checkReferences(view, views), ...checkDocuments(view, set)]
  })
  const findings = [
    ...[...resolved.values()].flatMap((scope) => scope.findings),
    ...names.findings,
    ...checked,
  ]
  const known = new Set(findings.map(findingKey))
  const seenBelow = views.flatMap((view) =>
    checkAbove(view, views, sets.get(view) ?? documentSet([])).filter(
      (found) => !known.has(findingKey(found)),
    ),
  )
  const scopes = views.map((view) => scopeDocuments(view, sets.get(view) ?? documentSet([]), names.shadowed))
  return {
    findings: sortFindings([...findings, ...seenBelow.map(({ view, ...found }) => inScope(found, view))]),
    scopes,
  }
}

interface SeenFinding extends Finding {
  readonly view: ScopeView
}

/** What a scope's overlays have made wrong in documents of the scopes above, as this scope sees them. */
function checkAbove(view: ScopeView, all: readonly ScopeView[], set: DocumentSet): readonly SeenFinding[] {
  const concerned = concernedAbove(view)
  if (concerned.length === 0) return []
  const seen = new ScopeView(view.scope, concerned, view, new Set(concerned))
  return [...checkReferences(seen, all), ...checkDocuments(seen, set)].map((found) => ({ ...found, view }))
}

function inScope(found: Finding, { scope }: ScopeView): Finding {
  return { ...found, message: `${found.message} (as ${scopeName(scope)} sees it, with its overlays)` }
}

function findingKey({ code, file, line, column, message }: Finding): string {
  return JSON.stringify([code, file, line, column, message])
}

function resolveScopes(
  sources: readonly SourceDocument[],
  kinds: readonly DocumentKind[],
  { broken, scopes }: Required<ValidateOptions>,
  shadowed: ReadonlySet<SourceDocument>,
): ReadonlyMap<string, ResolvedScope> {
  const kindByName = new Map(kinds.map((kind) => [kind.kind, kind]))
  const sourcesByScope = Map.groupBy(sources, ({ scope }) => scopeName(scope))
  const brokenByScope = Map.groupBy(broken, ({ scope }) => scopeName(scope))
  const resolved = new Map<string, ResolvedScope>()
  for (const scope of allScopes([...scopes, ...[...sources, ...broken].map((document) => document.scope)])) {
    const name = scopeName(scope)
    const parent = scopeChain(scope).at(-2)
    const above = parent === undefined ? null : (resolved.get(scopeName(parent))?.view ?? null)
    const own = { sources: sourcesByScope.get(name) ?? [], broken: brokenByScope.get(name) ?? [], shadowed }
    resolved.set(name, resolveScope(scope, own, above, kindByName))
  }
  return resolved
}

function setOf(view: ScopeView, shadowed: ReadonlySet<SourceDocument>): DocumentSet {
  const typed = view.documents().flatMap((read): TypedDocument[] => {
    return read.typed === null || shadowed.has(read.source) ? [] : [read.typed]
  })
  return documentSet(typed)
}

function scopeDocuments(
  view: ScopeView,
  set: DocumentSet,
  shadowed: ReadonlySet<SourceDocument>,
): ScopeDocuments {
  const own = view.own
    .filter(({ typed, source }) => typed !== null && !shadowed.has(source))
    .sort(byKindAndName)
  return {
    scope: view.scope,
    documents: own.map(({ source }) => source),
    resolved: own.map(({ document }) => document),
    set,
  }
}

function byKindAndName({ source: a }: ReadDocument, { source: b }: ReadDocument): number {
  return compareText(a.kind, b.kind) || compareText(a.name, b.name)
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
