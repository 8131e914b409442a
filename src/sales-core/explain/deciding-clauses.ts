import type { JsonValue } from '../../kernel/json.ts'
import type { ClauseTree } from '../conditions/explain-condition.ts'

/** A clause of a condition that settled it, with the values that it read. */
export interface DecidingClause {
  readonly text: string
  readonly outcome: 'true' | 'false' | 'error'
  /** `lead.score` -> 30. */
  readonly values: Readonly<Record<string, JsonValue>>
  /** Set with `error`. */
  readonly error: string | null
}

/** A value that an explanation shows is cut after this many characters of its JSON. */
export const shownValueCharsMax = 200

/**
 * The clauses that settled a condition: of a false `a && b` the false one, of a false `a || b` both, of a true `a || b` the true
 * one. What was not evaluated settled nothing.
 */
export function decidingClauses(tree: ClauseTree): readonly DecidingClause[] {
  switch (tree.kind) {
    case 'and':
    case 'or': {
      const settled = tree.children.filter(({ outcome }) => outcome.state !== 'not_evaluated')
      const same = settled.filter(({ outcome }) => verdict(outcome) === verdict(tree.outcome))
      return (same.length > 0 ? same : settled).flatMap(decidingClauses)
    }
    case 'choice':
      return tree.children.filter(({ outcome }) => outcome.state !== 'not_evaluated').flatMap(decidingClauses)
    case 'not':
      return tree.children.length > 0 && tree.children.some(({ kind }) => kind !== 'clause')
        ? tree.children.flatMap(decidingClauses)
        : [shown(tree)]
    case 'clause':
    case 'operand':
      return tree.outcome.state === 'not_evaluated' ? [] : [shown(tree)]
  }
}

function verdict(outcome: ClauseTree['outcome']): DecidingClause['outcome'] | null {
  if (outcome.state === 'error') return 'error'
  // An absent value where true or false is needed means false.
  return outcome.state === 'value' ? (outcome.value === true ? 'true' : 'false') : null
}

function shown(tree: ClauseTree): DecidingClause {
  const values: Record<string, JsonValue> = {}
  collect(tree, values)
  return {
    text: tree.text,
    outcome: verdict(tree.outcome) ?? 'false',
    values,
    error: tree.outcome.state === 'error' ? `${tree.outcome.message} (${tree.outcome.code})` : null,
  }
}

function collect(tree: ClauseTree, values: Record<string, JsonValue>): void {
  const named = tree.path ?? (tree.kind === 'operand' && tree.children.length === 0 ? tree.text : null)
  if (named !== null && tree.outcome.state === 'value') values[named] = cut(tree.outcome.value)
  for (const child of tree.children) collect(child, values)
}

function cut(value: JsonValue): JsonValue {
  const text = JSON.stringify(value)
  return text.length <= shownValueCharsMax ? value : `${text.slice(0, shownValueCharsMax)}…`
}

/** `lead.score >= 50 is false (lead.score is 30)`. */
export function clauseText({ text, outcome, values, error }: DecidingClause): string {
  const facts = Object.entries(values)
    .filter(([name]) => name !== text)
    .map(([name, value]) => `${name} is ${JSON.stringify(value)}`)
  const end = facts.length === 0 ? '' : ` (${facts.join(', ')})`
  return error === null ? `${text} is ${outcome}${end}` : `${text} failed: ${error}${end}`
}
