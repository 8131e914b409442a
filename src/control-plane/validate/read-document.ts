import type { JsonValue } from '../../kernel/json.ts'
import { isJsonObject } from '../../kernel/json.ts'
import { nearestName } from '../../kernel/nearest-name.ts'
import type { SourceDocument } from '../documents/document.ts'
import type { DocumentKind, Problem, Reference, Symbol, TypedDocument } from '../documents/document-kind.ts'
import { notSupportedYetCode } from '../documents/document-kind.ts'
import { carriedOutProblems } from '../documents/carried-out.ts'
import type { BrokenDocument } from '../documents/yaml-document.ts'
import { slotKey } from '../resolution/slot-key.ts'
import { announcedKinds } from './announced-kinds.ts'
import { replacementFor } from './suggested-name.ts'
import { schemaProblems } from './schema-problems.ts'

/** A document after its head and shape were checked. */
export interface ReadDocument {
  /** As its scope sees it: merged with the layers above. */
  readonly document: SourceDocument
  /** As it was written. */
  readonly source: SourceDocument
  /** What it takes the place of in lower scopes and what takes its place: a kind and name; null when it has none. */
  readonly slot: string | null
  /** Its syntax is wrong: only a part of it is known. */
  readonly isBroken: boolean
  readonly kind: DocumentKind | null
  /** Null when the head or the shape is wrong. */
  readonly typed: TypedDocument | null
  readonly problems: readonly Problem[]
  /** The names it makes available, as far as they can be known of a document with problems. */
  readonly provides: readonly Symbol[]
  readonly requires: readonly Reference[]
  /**
   * Something is wrong with it and it may provide this name all the same: its own name, the part before a dot of it, or a word that
   * stands in it. One of which nothing is known may provide anything in a space that is empty otherwise.
   */
  mayProvide(word: string, isSpaceEmpty: boolean): boolean
}

/** Checks a document's head and shape. */
export function readDocument(
  document: SourceDocument,
  kindByName: ReadonlyMap<string, DocumentKind>,
): ReadDocument {
  const kind = kindByName.get(document.kind) ?? null
  const head = headProblems(document, kindByName)
  const parsed = kind?.schema.safeParse(document.body)
  if (kind !== null && parsed?.success === true && head.length === 0) {
    const typed = { document, spec: parsed.data }
    const [provides, requires] = [kind.provides?.(typed) ?? [], kind.requires?.(typed) ?? []]
    const problems = carriedOutProblems(kind)
    const names = { document, source: document, slot: slotOf(document, kind), isBroken: false }
    return { ...names, kind, typed, problems, provides, requires, mayProvide: () => false }
  }
  const issues = parsed?.success === false ? parsed.error.issues : []
  const shape = kind === null ? [] : schemaProblems(kind.schema, document.body, issues)
  const problems = [...head, ...shape.filter((problem) => !isHead(problem))]
  return { ...unusable(document, kind, (word) => holds(document.body, word)), problems }
}

/** A document whose syntax is wrong: only its names are of interest. */
export function readBrokenDocument(
  document: BrokenDocument,
  kindByName: ReadonlyMap<string, DocumentKind>,
): ReadDocument {
  const kind = kindByName.get(document.kind) ?? null
  return { ...unusable(document, kind, (word) => document.mentions(word)), problems: [], isBroken: true }
}

function unusable(
  document: SourceDocument,
  kind: DocumentKind | null,
  mentions: (word: string) => boolean,
): Omit<ReadDocument, 'problems'> {
  const provides = kind === null ? [] : guessedProvisions(document, kind)
  const opaque = kind === null || (kind.provides !== undefined && provides.length === 0)
  const { name } = document
  const mayProvide = (word: string, isSpaceEmpty: boolean): boolean =>
    (name !== '' && (word === name || word.startsWith(`${name}.`))) ||
    (kind?.provides !== undefined && mentions(word)) ||
    (opaque && (isSpaceEmpty || mentions(word)))
  const slot = slotOf(document, kind)
  return {
    document,
    source: document,
    slot,
    isBroken: false,
    kind,
    typed: null,
    provides,
    requires: [],
    mayProvide,
  }
}

function slotOf(document: SourceDocument, kind: DocumentKind | null): string | null {
  return document.kind === '' || document.name === '' ? null : slotKey(document, kind ?? undefined)
}

/** Is the word a key or a text anywhere in a value? */
function holds(value: JsonValue | undefined, word: string): boolean {
  if (isJsonObject(value))
    return Object.entries(value).some(([key, inner]) => key === word || holds(inner, word))
  if (Array.isArray(value)) return (value as readonly JsonValue[]).some((item) => holds(item, word))
  return value === word
}

function isHead(problem: Problem): boolean {
  return problem.path.length === 1 && (problem.path[0] === 'apiVersion' || problem.path[0] === 'kind')
}

function headProblems(document: SourceDocument, kindByName: ReadonlyMap<string, DocumentKind>): Problem[] {
  return [...apiVersionProblems(document), ...kindProblems(document, kindByName)]
}

/** A document that is merged over others says what it is written in all the same. */
export function apiVersionProblems({ body }: Pick<SourceDocument, 'body'>): Problem[] {
  if (body.apiVersion === 'neuronx/v1') return []
  const message =
    body.apiVersion === undefined
      ? "'apiVersion' is missing"
      : `This version reads apiVersion neuronx/v1, not ${JSON.stringify(body.apiVersion)}`
  return [
    { code: 'NX-CONFIG-API-VERSION', message, fix: 'Write apiVersion: neuronx/v1', path: ['apiVersion'] },
  ]
}

function kindProblems({ body }: SourceDocument, kindByName: ReadonlyMap<string, DocumentKind>): Problem[] {
  const { kind } = body
  const known = [...kindByName.keys()].sort()
  const list = `Kinds: ${known.join(', ')}.`
  const path = ['kind']
  if (typeof kind !== 'string') {
    const message = kind === undefined ? "'kind' is missing" : "'kind' must be text"
    return [{ code: 'NX-CONFIG-UNKNOWN-KIND', message, fix: list, path }]
  }
  if (kindByName.has(kind)) return []
  if (announcedKinds.includes(kind)) {
    const fix = 'Remove the document: this version would not carry it out.'
    return [{ code: notSupportedYetCode, message: `The kind '${kind}' is not supported yet`, fix, path }]
  }
  const meant = nearestName(kind, known)
  const fix = meant === null ? list : `Did you mean '${meant}'?`
  const replace = replacementFor(kind, known)
  return [{ code: 'NX-CONFIG-UNKNOWN-KIND', message: `There is no kind '${kind}'`, fix, path, replace }]
}

/** What a document with problems would provide if its body were what its kind expects; nothing when that cannot be told. */
function guessedProvisions(document: SourceDocument, kind: DocumentKind): readonly Symbol[] {
  try {
    return kind.provides?.({ document, spec: document.body }) ?? []
  } catch {
    return []
  }
}
