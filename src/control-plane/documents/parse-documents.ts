import { isScalar } from 'yaml'
import type { Document } from 'yaml'
import { isJsonObject } from '../../kernel/json.ts'
import type { Scope } from './document.ts'
import type { DocumentLimits } from './document-limits.ts'
import { defaultDocumentLimits } from './document-limits.ts'
import type { Finding } from './finding.ts'
import type { ParsedYaml, YamlTree } from './yaml/parse-yaml.ts'
import { parseYaml } from './yaml/parse-yaml.ts'
import { readPlainValue } from './yaml/read-plain-value.ts'
import { readSimpleYaml } from './yaml/read-simple-yaml.ts'
import type { YamlProblem } from './yaml/yaml-problem.ts'
import { YamlDocument } from './yaml-document.ts'
import type { YamlSource } from './yaml-document.ts'

/** What one file holds. */
export interface ParsedDocuments {
  readonly documents: readonly YamlDocument[]
  /** Documents with findings, as far as they could be read: their names still count as taken. */
  readonly broken: readonly YamlDocument[]
  readonly findings: readonly Finding[]
}

/** Reads the documents of one file's text. Pure. `file` is how findings name it. Empty documents are passed over. */
export function parseDocuments(
  file: string,
  text: string,
  scope: Scope,
  limits: DocumentLimits = defaultDocumentLimits,
): ParsedDocuments {
  const source: YamlSource = { file, text, limits }
  const unprintable = firstUnprintable(text)
  if (unprintable !== null)
    return { documents: [], broken: [], findings: [unprintableFinding(source, unprintable)] }
  const simple = readSimpleYaml(text, limits)
  if (simple !== null) {
    const documents = simple.map((body, index) => new YamlDocument(source, index, null, scope, body))
    return { documents, broken: [], findings: [] }
  }
  const parsed = parseYaml(text, limits)
  const trees = parsed.trees.map((tree, index) => ({ ...tree, index })).filter(({ tree }) => !isEmpty(tree))
  const problems: YamlProblem[] = [...parsed.problems]
  const documents: YamlDocument[] = []
  const broken: YamlDocument[] = []
  for (const tree of trees.slice(0, limits.documentsPerFileMax)) {
    const read = readDocument(source, parsed, tree, scope, tree.index)
    problems.push(...read.problems)
    if (read.document === null) continue
    ;(read.problems.length === 0 ? documents : broken).push(read.document)
  }
  const beyond = trees[limits.documentsPerFileMax]
  if (beyond !== undefined) problems.push(tooMany(beyond.tree, limits))
  return { documents, broken, findings: findingsOf(source, parsed, problems) }
}

function readDocument(
  source: YamlSource,
  parsed: ParsedYaml,
  { tree, problems }: YamlTree,
  scope: Scope,
  index: number,
) {
  const plain = readPlainValue(tree, source.limits)
  const document = isJsonObject(plain.value)
    ? new YamlDocument(source, index, parsed, scope, plain.value)
    : null
  const all = [...problems, ...plain.problems]
  if (document === null && all.length === 0) {
    all.push({
      code: 'NX-CONFIG-NOT-A-DOCUMENT',
      message: `A document is a mapping, not ${Array.isArray(plain.value) ? 'a list' : 'a single value'}`,
      fix: 'Begin it with apiVersion, kind and name; separate documents by ---.',
      offset: tree.contents?.range?.[0] ?? 0,
    })
  }
  return { document, problems: all }
}

function isEmpty(tree: Document): boolean {
  const { contents } = tree
  if (tree.errors.length > 0) return false
  return (
    contents === null ||
    (isScalar(contents) && contents.value === null && !contents.source && contents.tag === undefined)
  )
}

function tooMany(tree: Document, limits: DocumentLimits): YamlProblem {
  return {
    code: 'NX-CONFIG-LIMIT',
    message: `The file holds more than ${limits.documentsPerFileMax} documents`,
    fix: 'Spread the documents over several files.',
    offset: tree.contents?.range?.[0] ?? 0,
  }
}

function findingsOf(source: YamlSource, parsed: ParsedYaml, problems: readonly YamlProblem[]): Finding[] {
  const max = source.limits.findingsPerFileMax
  const listed = problems.toSorted((a, b) => a.offset - b.offset).slice(0, max)
  const findings = listed.map((problem) => findingOf(source.file, problem, parsed.positionOf(problem.offset)))
  const last = findings.at(-1)
  if (last === undefined || problems.length <= max) return findings
  const more = `${problems.length - max} more findings in this file are not listed`
  return [...findings, { ...last, code: 'NX-CONFIG-LIMIT', message: more, fix: 'Correct those above first.' }]
}

function findingOf(file: string, problem: YamlProblem, position: { line: number; column: number }): Finding {
  const { code, message, fix } = problem
  return { severity: 'error', code, message, fix, file, ...position, path: '' }
}

/** The offset of the first character that YAML does not allow in a file; null when all are allowed. */
function firstUnprintable(text: string): number | null {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    const allowed =
      code >= 0x20 ? code !== 0x7f && code < 0xfffe : code === 0x09 || code === 0x0a || code === 0x0d
    if (!allowed) return at
  }
  return null
}

function unprintableFinding({ file, text }: YamlSource, offset: number): Finding {
  const before = text.slice(0, offset).split('\n')
  const position = { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
  const code = `U+${text.charCodeAt(offset).toString(16).toUpperCase().padStart(4, '0')}`
  return findingOf(
    file,
    {
      code: 'NX-YAML-CHARACTER',
      message: `The character ${code} is not allowed in YAML`,
      fix: 'Remove it, or write it as an escape in double quotes.',
      offset,
    },
    position,
  )
}
