import type { CelNode } from './syntax/cel-node.ts'
import { nodesBelow } from './syntax/cel-node.ts'
import { parseCel } from './syntax/parse-cel.ts'
import { isConstantText, mutateDuration, mutateNumber, otherText } from './mutate-literal.ts'

/** A change of a condition's text. */
export interface TextMutation {
  /** Where it begins, characters into the text. */
  readonly offset: number
  readonly text: string
  /** For a person: `>= to >`. */
  readonly change: string
}

const flipped: ReadonlyMap<string, string> = new Map([
  ['>', '>='],
  ['>=', '>'],
  ['<', '<='],
  ['<=', '<'],
  ['==', '!='],
  ['!=', '=='],
  ['&&', '||'],
  ['||', '&&'],
])

/**
 * Every small change of a condition that a good suite should notice: borders, comparators, connectives, negations, numbers,
 * durations, texts (to another of `texts`). What does not compile afterwards is for the caller to find out.
 */
export function mutateCondition(source: string, texts: readonly string[]): readonly TextMutation[] {
  const parsed = parseCel(source)
  if ('problems' in parsed) return []
  const found: TextMutation[] = []
  const visit = (node: CelNode, isBool: boolean): void => {
    found.push(...ofNode(node, isBool, source, texts))
    // The text in duration("2h") is no constant like others: half and twice of it were made above.
    if (node.op === 'call' && (node.args[0] === 'duration' || node.args[0] === 'timestamp')) return
    const joins = node.op === '&&' || node.op === '||' || node.op === '!_'
    for (const child of nodesBelow(node)) visit(child, isBool && joins)
  }
  visit(parsed.ast, true)
  return found
}

function ofNode(
  node: CelNode,
  isBool: boolean,
  source: string,
  texts: readonly string[],
): readonly TextMutation[] {
  const range = { from: node.start, to: node.end }
  const replaced = (text: string, change: string, from = range.from, to = range.to): TextMutation => ({
    offset: from,
    text: source.slice(0, from) + text + source.slice(to),
    change,
  })
  const own = source.slice(range.from, range.to)
  switch (node.op) {
    case '&&':
    case '||':
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=': {
      const [left, right] = node.args
      const at = source.indexOf(node.op, left.end)
      const other = flipped.get(node.op) ?? node.op
      if (at < 0 || at >= right.start) return []
      return [replaced(other, `${node.op} to ${other}`, at, at + node.op.length)]
    }
    case '!_':
      return [replaced(`(${own.slice(1)})`, `${own} without !`)]
    case 'value':
      return ofLiteral(node.args, texts).map(({ text, change }) => replaced(text, change))
    case 'call': {
      const [name, [only]] = node.args
      if (name !== 'duration' || only?.op !== 'value' || typeof only.args !== 'string') break
      return mutateDuration(only.args).map((text) =>
        replaced(JSON.stringify(text), `${only.args as string} to ${text}`, only.start, only.end),
      )
    }
    default:
  }
  return isBool ? [replaced(`!(${own})`, `negated ${own}`)] : []
}

function ofLiteral(
  value: unknown,
  texts: readonly string[],
): ReadonlyArray<{ readonly text: string; readonly change: string }> {
  if (typeof value === 'boolean') return [{ text: String(!value), change: `${value} to ${!value}` }]
  if (typeof value === 'number' || typeof value === 'bigint') {
    return mutateNumber(Number(value)).map((number) => ({
      text: number < 0 ? `(${number})` : String(number),
      change: `${value} to ${number}`,
    }))
  }
  if (typeof value !== 'string') return []
  const text = JSON.stringify(otherText(value, texts))
  return [{ text, change: `${JSON.stringify(value)} to ${text}` }]
}

/** The constants among the texts that a condition compares with. */
export function textsOfCondition(source: string): readonly string[] {
  const parsed = parseCel(source)
  if ('problems' in parsed) return []
  const texts: string[] = []
  const look = (node: CelNode): void => {
    if (node.op === 'value' && typeof node.args === 'string' && isConstantText(node.args))
      texts.push(node.args)
    for (const child of nodesBelow(node)) look(child)
  }
  look(parsed.ast)
  return texts
}
