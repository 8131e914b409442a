import { macroNames } from '../cel/macros.ts'
import { linearRegex } from '../functions/linear-regex.ts'
import { timePartNames } from '../values/time-parts.ts'
import { Failure } from '../values/value.ts'
import type { CelNode } from '../syntax/cel-node.ts'
import { nodesBelow } from '../syntax/cel-node.ts'

/** Elements that a list or map of the data is taken to have. The real ones are counted when it runs. */
export const assumedItems = 100

/** Characters that a text of the data is taken to have. */
export const assumedChars = 1_000

/** How large a value may be: elements, characters, and the largest of its elements (null: it is known to have none). */
interface Size {
  readonly items: number
  readonly chars: number
  readonly of: Size | null
  /** Made here, so that it is known to be a list or map. */
  readonly isMade: boolean
}

interface Estimate {
  readonly cost: number
  readonly size: Size
}

const ofData: Size = { items: assumedItems, chars: assumedChars, of: null, isMade: false }
const ofScalar: Size = { items: 0, chars: 0, of: null, isMade: false }
const unchanged: ReadonlySet<string> = new Set(['lower', 'lowerAscii', 'upper', 'upperAscii', 'trim', 'dyn'])
const asksZone: ReadonlySet<string> = new Set(['business_hours', ...timePartNames])

type Locals = ReadonlyMap<string, Size>

/**
 * How many steps a condition may take at most when every list of the data has up to `assumedItems` elements, every text up to
 * `assumedChars` characters, and nothing is cut short: its parts, the bodies of `all`, `exists`, `map` and `filter` once for every
 * element, nested ones multiplied, and what is paid for texts and lists by their length. Comparing a whole list of the data with another is
 * counted when it runs only.
 */
export function conditionCost(node: CelNode): number {
  return Math.ceil(estimate(node, new Map()).cost)
}

function estimate(node: CelNode, locals: Locals): Estimate {
  switch (node.op) {
    case 'value': {
      const chars = typeof node.args === 'string' ? node.args.length : 0
      return { cost: 1, size: { ...ofScalar, chars } }
    }
    case 'id':
      return { cost: 1, size: locals.get(node.args) ?? ofData }
    case '.':
    case '[]': {
      const { cost, sizes } = together(node, locals)
      return { cost, size: sizes[0]?.of ?? ofData }
    }
    case 'list':
    case 'map': {
      const { cost, sizes } = together(node, locals)
      return { cost, size: { items: node.args.length, chars: 0, of: largest(sizes), isMade: true } }
    }
    case 'rcall':
      return macroNames.has(node.args[0]) ? ofMacro(node.args, locals) : ofCall(node.args[0], node, locals)
    case 'call':
      return ofCall(node.args[0], node, locals)
    case '?:': {
      const { cost, sizes } = together(node, locals)
      return { cost, size: largest(sizes.slice(1)) ?? ofScalar }
    }
    case '+':
      return ofSum(node, locals)
    default:
      return ofComparison(node, locals)
  }
}

function together(node: CelNode, locals: Locals): { readonly cost: number; readonly sizes: readonly Size[] } {
  const parts = nodesBelow(node).map((part) => estimate(part, locals))
  return { cost: parts.reduce((sum, { cost }) => sum + cost, 1), sizes: parts.map(({ size }) => size) }
}

function largest(sizes: readonly Size[]): Size | null {
  if (sizes.length === 0) return null
  return {
    items: Math.max(...sizes.map(({ items }) => items)),
    chars: Math.max(...sizes.map(({ chars }) => chars)),
    of: largest(sizes.flatMap(({ of }) => of ?? [])),
    isMade: sizes.some(({ isMade }) => isMade),
  }
}

function ofMacro(
  [name, over, parameters]: readonly [string, CelNode, readonly CelNode[]],
  locals: Locals,
): Estimate {
  const source = estimate(over, locals)
  const [variable, ...bodies] = parameters
  const inner = new Map(locals)
  if (variable?.op === 'id') inner.set(variable.args, source.size.of ?? ofData)
  const parts = bodies.map((body) => estimate(body, inner))
  const round = parts.reduce((sum, { cost }) => sum + cost, 1)
  const cost = 2 + source.cost + (source.size.items >> 3) + Math.max(1, source.size.items) * round
  if (name === 'filter') return { cost, size: source.size }
  if (name !== 'map') return { cost, size: ofScalar }
  return {
    cost,
    size: { items: source.size.items, chars: 0, of: parts.at(-1)?.size ?? ofData, isMade: true },
  }
}

function ofCall(name: string, node: CelNode, locals: Locals): Estimate {
  const { cost, sizes } = together(node, locals)
  const [first = ofScalar] = sizes
  // Text is paid for by its length.
  const extra = 2 + (first.chars >> 5) + (first.items >> 5) + (asksZone.has(name) ? 50 : 0)
  const size = unchanged.has(name)
    ? first
    : name === 'string'
      ? { ...ofScalar, chars: Math.max(40, first.chars) }
      : ofScalar
  return { cost: cost + extra + (name === 'matches' ? patternCost(node, first) : 0), size }
}

function patternCost(node: CelNode, text: Size): number {
  const pattern = nodesBelow(node).at(-1)
  const regex = pattern?.op === 'value' && typeof pattern.args === 'string' ? linearRegex(pattern.args) : null
  return regex === null || regex instanceof Failure ? 0 : 1 + (text.chars * regex.programSize()) / 2
}

function ofSum(node: CelNode, locals: Locals): Estimate {
  const { cost, sizes } = together(node, locals)
  const [left = ofScalar, right = ofScalar] = sizes
  const isNumeric = sizes.some((size) => size === ofScalar)
  const [items, chars] = [left.items + right.items, left.chars + right.chars]
  const size: Size = {
    items,
    chars,
    of: largest(sizes.flatMap(({ of }) => of ?? [])),
    isMade: sizes.some(({ isMade }) => isMade),
  }
  return isNumeric ? { cost, size: ofScalar } : { cost: cost + 1 + Math.max(items, chars / 16), size }
}

function ofComparison(node: CelNode, locals: Locals): Estimate {
  const { cost, sizes } = together(node, locals)
  const [left = ofScalar, right = ofScalar] = sizes
  if (node.op === 'in') {
    const each = right.of === null ? 0 : sameCost(left, right.of)
    return { cost: cost + 1 + (right.items >> 3) + right.items * each, size: ofScalar }
  }
  if (node.op === '==' || node.op === '!=') return { cost: cost + sameCost(left, right), size: ofScalar }
  return { cost, size: ofScalar }
}

/** What comparing two values deeply takes where one of them is a list or map made in the condition. */
function sameCost(a: Size, b: Size): number {
  if (!a.isMade && !b.isMade) return 0
  const items = a.isMade ? (b.isMade ? Math.min(a.items, b.items) : a.items) : b.items
  const inner = a.of === null && b.of === null ? 0 : sameCost(a.of ?? ofData, b.of ?? ofData)
  return 1 + (items >> 3) + items * inner
}
