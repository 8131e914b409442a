import type { Scope, SourceDocument } from '../documents/document.ts'
import { scopeName } from '../documents/document.ts'
import type { DocumentKind, DocumentSet, TypedDocument } from '../documents/document-kind.ts'
import { documentSet } from '../documents/document-set.ts'
import type { Finding } from '../documents/finding.ts'
import type { BrokenDocument } from '../documents/yaml-document.ts'
import { checkDocuments } from './check-documents.ts'
import { checkNames } from './check-names.ts'
import { checkReferences } from './check-references.ts'
import { locateProblem } from './locate-problem.ts'
import type { ReadDocument } from './read-document.ts'
import { readBrokenDocument, readDocument } from './read-document.ts'
import { allScopes, scopeChain, ScopeView } from './scope-view.ts'
import { sortFindings } from './sort-findings.ts'

/** The documents of one scope, after validation. */
export interface ScopeDocuments {
  readonly scope: Scope
  /** Its own documents without findings of shape or name, in the order of kind and name. */
  readonly documents: readonly SourceDocument[]
  /** All that it sees, upper scopes included. */
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
 * Checks documents against their kinds and each other: heads, shapes, names, references within what each scope sees, and each
 * kind's own checks. Pure; finds everything at once; the same findings whatever order the documents come in. A document with
 * findings of shape makes no noise for those that refer to it.
 */
export function validateDocuments(
  sources: readonly SourceDocument[],
  kinds: readonly DocumentKind[],
  options: ValidateOptions = {},
): ValidatedDocuments {
  const kindByName = new Map(kinds.map((kind) => [kind.kind, kind]))
  const broken = options.broken ?? []
  const read = [
    ...sources.map((document) => readDocument(document, kindByName)),
    ...broken.map((document) => readBrokenDocument(document, kindByName)),
  ]
  const views = viewsOf(read, options.scopes ?? [])
  const names = checkNames(read)
  const sets = new Map([...views].map(([name, view]) => [name, setOf(view, names.shadowed)]))
  const findings = [
    ...read.flatMap(({ document, problems }) => problems.map((problem) => locateProblem(document, problem))),
    ...names.findings,
    ...[...views.values()].flatMap((view) => checkReferences(view, [...views.values()])),
    ...[...views].flatMap(([name, view]) => checkDocuments(view, sets.get(name) ?? documentSet([]))),
  ]
  const scopes = [...views].map(([name, view]) => ({
    scope: view.scope,
    documents: ownDocuments(view, names.shadowed),
    set: sets.get(name) ?? documentSet([]),
  }))
  return { findings: sortFindings(findings), scopes }
}

function viewsOf(read: readonly ReadDocument[], known: readonly Scope[]): ReadonlyMap<string, ScopeView> {
  const ownByScope = Map.groupBy(read, ({ document }) => scopeName(document.scope))
  const views = new Map<string, ScopeView>()
  for (const scope of allScopes([...known, ...read.map(({ document }) => document.scope)])) {
    const parent = scopeChain(scope).at(-2)
    const above = parent === undefined ? null : (views.get(scopeName(parent)) ?? null)
    views.set(scopeName(scope), new ScopeView(scope, ownByScope.get(scopeName(scope)) ?? [], above))
  }
  return views
}

function setOf(view: ScopeView, shadowed: ReadonlySet<SourceDocument>): DocumentSet {
  const typed = view.documents().flatMap((read): TypedDocument[] => {
    return read.typed === null || shadowed.has(read.document) ? [] : [read.typed]
  })
  return documentSet(typed)
}

function ownDocuments(view: ScopeView, shadowed: ReadonlySet<SourceDocument>): readonly SourceDocument[] {
  return view.own
    .filter(({ typed, document }) => typed !== null && !shadowed.has(document))
    .map(({ document }) => document)
    .sort((a, b) => compareText(a.kind, b.kind) || compareText(a.name, b.name))
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
