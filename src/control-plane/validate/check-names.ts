import type { SourceDocument, SourcePosition } from '../documents/document.ts'
import { scopeName } from '../documents/document.ts'
import { notSupportedYetCode } from '../documents/document-kind.ts'
import type { Finding } from '../documents/finding.ts'
import { locateProblem } from './locate-problem.ts'
import type { ReadDocument } from './read-document.ts'
import { scopeChain } from './scope-view.ts'

export interface NameCheck {
  readonly findings: readonly Finding[]
  /** Documents whose kind and name an earlier or upper one has: they take part in nothing. */
  readonly shadowed: ReadonlySet<SourceDocument>
}

/**
 * A kind and name may stand once in what a scope sees. Twice in one scope is a duplicate; once more below would mean merging, which
 * is refused by name as long as it is not carried out.
 */
export function checkNames(read: readonly ReadDocument[]): NameCheck {
  const named = read.map(({ document }) => document).filter(({ kind, name }) => kind !== '' && name !== '')
  const byScopeAndName = Map.groupBy(named, (document) => keyOf(scopeName(document.scope), document))
  const findings: Finding[] = []
  const shadowed = new Set<SourceDocument>()
  for (const group of byScopeAndName.values()) {
    const [first, ...others] = group.length === 1 ? group : group.toSorted(byPosition)
    if (first === undefined) continue
    for (const other of others) {
      shadowed.add(other)
      findings.push(duplicate(other, first))
    }
    const upper = scopeChain(first.scope)
      .slice(0, -1)
      .flatMap((scope) => byScopeAndName.get(keyOf(scopeName(scope), first)) ?? [])
      .toSorted(byPosition)[0]
    if (upper === undefined) continue
    shadowed.add(first)
    findings.push(override(first, upper))
  }
  return { findings, shadowed }
}

function keyOf(scope: string, { kind, name }: SourceDocument): string {
  return `${scope}\n${kind}\n${name}`
}

function duplicate(document: SourceDocument, first: SourceDocument): Finding {
  return locateProblem(document, {
    code: 'NX-CONFIG-DUPLICATE',
    message: `The ${document.kind} '${document.name}' is defined already at ${placeText(first)}`,
    fix: 'Rename one of the two, or remove it.',
    path: ['name'],
  })
}

function override(document: SourceDocument, upper: SourceDocument): Finding {
  return locateProblem(document, {
    code: notSupportedYetCode,
    message: `The ${document.kind} '${document.name}' is defined above at ${placeText(upper)}; merging a lower scope over an upper one is not supported yet`,
    fix: 'Give this one another name, or keep only one of the two.',
    path: ['name'],
  })
}

function placeText(document: SourceDocument): string {
  const { file, line, column } = namePosition(document)
  return `${file}:${line}:${column}`
}

function namePosition(document: SourceDocument): SourcePosition {
  return document.locate(['name'])
}

function byPosition(a: SourceDocument, b: SourceDocument): number {
  const [left, right] = [namePosition(a), namePosition(b)]
  if (left.file !== right.file) return left.file < right.file ? -1 : 1
  return left.line - right.line || left.column - right.column
}
