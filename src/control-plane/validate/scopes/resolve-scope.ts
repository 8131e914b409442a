import { canonicalJson } from '../../../kernel/json.ts'
import type { JsonValue } from '../../../kernel/json.ts'
import type { Scope, SourceDocument } from '../../documents/document.ts'
import type { DocumentKind, Problem } from '../../documents/document-kind.ts'
import type { Finding } from '../../documents/finding.ts'
import type { BrokenDocument } from '../../documents/yaml-document.ts'
import { MergedSource } from '../../resolution/merged-source.ts'
import { contentOf } from '../../resolution/merge/head-fields.ts'
import { overlay } from '../../resolution/overlay.ts'
import type { ResolvedDocument } from '../../resolution/resolved-document.ts'
import { nameKey, slotKey } from '../../resolution/slot-key.ts'
import { locateProblem } from '../locate-problem.ts'
import type { ReadDocument } from '../read-document.ts'
import { apiVersionProblems, readBrokenDocument, readDocument } from '../read-document.ts'
import { ScopeView } from '../scope-view.ts'

export interface OwnDocuments {
  readonly sources: readonly SourceDocument[]
  readonly broken: readonly BrokenDocument[]
  /** Those whose kind and name an earlier one has: they are read, and take part in nothing. */
  readonly shadowed: ReadonlySet<SourceDocument>
}

/** A scope's view, and what is wrong with the shapes of its documents and with what they do to the layers above. */
export interface ResolvedScope {
  readonly view: ScopeView
  readonly findings: readonly Finding[]
}

/** Reads a scope's own documents, each over what is above it. The same `overlay` as the daemon's makes what is checked. */
export function resolveScope(
  scope: Scope,
  { sources, broken, shadowed }: OwnDocuments,
  above: ScopeView | null,
  kindByName: ReadonlyMap<string, DocumentKind>,
): ResolvedScope {
  const findings: Finding[] = []
  const replaced = new Set<ReadDocument>()
  const taken = new Set<string>()
  const own = sources.toSorted(byName).map((document) => {
    if (shadowed.has(document)) return readShadowed(document, kindByName, findings)
    const slot = freeSlot(document, kindByName, taken)
    const upper = slot === null ? null : (above?.inSlot(slot) ?? null)
    if (upper !== null) replaced.add(upper)
    const read = readLayer(document, upper, kindByName, findings)
    return { ...read, slot }
  })
  const unreadable = broken.map((document) => {
    const read = readBrokenDocument(document, kindByName)
    const upper = read.slot === null ? null : (above?.inSlot(read.slot) ?? null)
    if (upper !== null) replaced.add(upper)
    return read
  })
  return { view: new ScopeView(scope, [...own, ...unreadable], above, replaced), findings }
}

/** One of a kind that stands once in a scope takes the kind's slot, others stand for themselves: the kind's check refuses them. */
function freeSlot(
  document: SourceDocument,
  kindByName: ReadonlyMap<string, DocumentKind>,
  taken: Set<string>,
): string | null {
  if (document.kind === '' || document.name === '') return null
  const slot = slotKey(document, kindByName.get(document.kind))
  const free = taken.has(slot) ? nameKey(document) : slot
  taken.add(free)
  return free
}

function readLayer(
  source: SourceDocument,
  upper: ReadDocument | null,
  kindByName: ReadonlyMap<string, DocumentKind>,
  findings: Finding[],
): ReadDocument {
  const add = (document: SourceDocument, problems: readonly Problem[]): void => {
    findings.push(...problems.map((problem) => locateProblem(document, problem)))
  }
  if (upper === null && contentOf(source.body) === source.body) {
    const read = readDocument(source, kindByName)
    add(source, read.problems)
    return read
  }
  const kind = kindByName.get(source.kind)
  const { document: resolved, problems } = overlay(
    upper === null ? null : resolvedOf(upper),
    source.scope,
    source,
    kind,
  )
  const document = new MergedSource(resolved, source)
  const read = { ...readDocument(document, kindByName), source }
  if (upper?.isBroken !== true) add(source, problems)
  // What is merged over a document that cannot be read says nothing new.
  const isReadable = upper === null || upper.typed !== null
  if (upper !== null && source.body.apiVersion === undefined) add(source, apiVersionProblems(source))
  if (isReadable) add(document, read.problems)
  return read
}

function readShadowed(
  source: SourceDocument,
  kindByName: ReadonlyMap<string, DocumentKind>,
  findings: Finding[],
): ReadDocument {
  const document = new MergedSource(overlay(null, source.scope, source, undefined).document, source)
  const read = readDocument(document, kindByName)
  findings.push(...read.problems.map((problem) => locateProblem(source, problem)))
  return { ...read, source, slot: null }
}

const firstLayers = new WeakMap<ReadDocument, ResolvedDocument>()

/** The resolved form of a document that lower scopes merge over. */
function resolvedOf(read: ReadDocument): ResolvedDocument {
  if (read.document instanceof MergedSource) return read.document.resolved
  const known = firstLayers.get(read)
  if (known !== undefined) return known
  const { document } = overlay(null, read.source.scope, read.source, read.kind ?? undefined)
  firstLayers.set(read, document)
  return document
}

const words = new WeakMap<ReadDocument, ReadonlySet<string>>()

/**
 * The documents of upper scopes that a scope's overlays may have made wrong here: those that speak of a name that an overlay provides,
 * or provided. They were right where they stand, and must be right in what is loaded for this scope too.
 */
export function concernedAbove(view: ScopeView): readonly ReadDocument[] {
  if (view.above === null || view.replaced.size === 0) return []
  const names = view.own.flatMap((read) => {
    const upper = read.slot === null ? null : (view.above?.inSlot(read.slot) ?? null)
    if (upper === null || sameSurface(upper, read)) return []
    return [...upper.provides, ...read.provides].map(({ name }) => name.split(/[.-]/))
  })
  if (names.length === 0) return []
  const own = new Set(view.own)
  return view.documents().filter((read) => {
    if (own.has(read) || read.typed === null || read.kind?.ownScopeOnly === true) return false
    const spoken = wordsOf(read)
    return names.some((parts) => parts.every((part) => spoken.has(part)))
  })
}

/** Do others see the same of both? */
function sameSurface(upper: ReadDocument, lower: ReadDocument): boolean {
  return surfaceText(upper) === surfaceText(lower)
}

function surfaceText({ kind, typed, provides }: ReadDocument): string | null {
  if (typed === null) return null
  const seen = kind?.surface === undefined ? contentOf(typed.document.body) : kind.surface(typed)
  return canonicalJson([seen, provides.map(({ space, name }) => `${space} ${name}`).sort()])
}

function wordsOf(read: ReadDocument): ReadonlySet<string> {
  const known = words.get(read)
  if (known !== undefined) return known
  const found = new Set(canonicalJson(read.document.body as JsonValue).match(/\w+/g))
  words.set(read, found)
  return found
}

function byName(a: SourceDocument, b: SourceDocument): number {
  return compareText(a.kind, b.kind) || compareText(a.name, b.name)
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
