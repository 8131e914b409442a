import type {
  DocumentPath,
  Scope,
  SourceDocument,
  SourcePosition,
  StoredDocument,
} from '../../control-plane/documents/document.ts'
import { scopeName } from '../../control-plane/documents/document.ts'
import { isJsonObject } from '../../kernel/json.ts'
import type { JsonValue } from '../../kernel/json.ts'
import { jsonDifferences } from '../../kernel/merge-patch.ts'
import type { ClauseOutcome, ClauseTree } from '../../sales-core/conditions/explain-condition.ts'
import type {
  ExplainedCondition,
  FailureExplanation,
  ValueOrigin,
} from '../../sales-core/testing/explain-failure.ts'
import type { PartPlace } from '../../sales-core/testing/part-places.ts'
import type { TestFailure } from '../../sales-core/testing/test-failure.ts'

const textCharsMax = 120

/** Where a part of a document stands; documents that tests run on were read from files. */
export function positionOf(
  document: StoredDocument,
  path: DocumentPath,
  offset: number | null = null,
): SourcePosition {
  const source = document as SourceDocument
  return offset === null ? source.locate(path) : source.locateInside(path, offset)
}

/** What a person reads below a failed expectation: expected and actual, then the conditions concerned and where values came from. */
export function describeFailure(
  failure: TestFailure,
  { conditions, notes }: FailureExplanation,
): readonly string[] {
  return [...differences(failure), ...notes, ...conditions.flatMap(conditionLines)]
}

function differences({ expected, actual }: TestFailure): readonly string[] {
  if (expected === null && actual === null) return []
  const both = [`expected ${shown(expected)}`, ...actualLines(actual)]
  if (!isJsonObject(expected) || !isJsonObject(actual)) return both
  return [
    ...both,
    ...jsonDifferences(actual, expected).map(
      ({ path, before, after }) =>
        `  ${path}: expected ${shown(after ?? null)}, actual ${shown(before ?? null)}`,
    ),
  ]
}

function actualLines(actual: JsonValue): readonly string[] {
  if (!Array.isArray(actual) || actual.length < 2) return [`actual   ${shown(actual)}`]
  return (actual as readonly JsonValue[]).map(
    (item, index) => `${index === 0 ? 'actual  ' : '        '} ${shown(item)}`,
  )
}

function conditionLines({ cause, step, place, clauses, origins }: ExplainedCondition): readonly string[] {
  const where = place === null ? '' : `  ${placeText(place)}`
  return [`${cause}, step ${step + 1}${where}`, ...clauseLines(clauses, 1), ...origins.map(originLine)]
}

function clauseLines(tree: ClauseTree, depth: number): readonly string[] {
  const indent = '  '.repeat(depth)
  const line =
    tree.kind === 'operand'
      ? `${indent}${tree.text} is ${outcomeText(tree.outcome)}`
      : `${indent}${outcomeText(tree.outcome).padEnd(5)}  ${tree.text}`
  return [line, ...tree.children.flatMap((child) => clauseLines(child, depth + 1))]
}

function outcomeText(outcome: ClauseOutcome): string {
  switch (outcome.state) {
    case 'value':
      return shown(outcome.value)
    case 'error':
      return `error (${outcome.message})`
    case 'not_evaluated':
      return 'not evaluated'
  }
}

function originLine({ path, value, from, place }: ValueOrigin): string {
  return `  ${path} = ${shown(value)}  from ${from}${place === null ? '' : `  ${placeText(place)}`}`
}

/** `rules.yaml:12:5 (tenants/acme)`: the layer is the scope of the document. */
function placeText({ document, path }: PartPlace): string {
  const { file, line, column } = positionOf(document, path)
  const scope = (document as { scope?: Scope }).scope
  return `${file}:${line}:${column}${scope === undefined ? '' : ` (${scopeName(scope)})`}`
}

function shown(value: JsonValue): string {
  const text = JSON.stringify(value)
  return text.length > textCharsMax ? `${text.slice(0, textCharsMax)}…` : text
}
