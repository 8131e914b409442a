import type { SourceDocument, SourcePosition } from '../../documents/document.ts'
import { scopeName } from '../../documents/document.ts'
import type { Finding } from '../../documents/finding.ts'
import { locateProblem } from '../locate-problem.ts'

export interface NameCheck {
  readonly findings: readonly Finding[]
  /** Documents whose kind and name an earlier one of their scope has: they take part in nothing. */
  readonly shadowed: ReadonlySet<SourceDocument>
}

/** A kind and name may stand once in a scope. Once more in a lower one is an overlay. */
export function checkNames(documents: readonly SourceDocument[]): NameCheck {
  const named = documents.filter(({ kind, name }) => kind !== '' && name !== '')
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
