import { intersection } from '../../conditions/facts/value-set.ts'
import type { Clause } from './clauses/demand.ts'
import type { ColumnEntry } from './columns/column.ts'

/** What a rule asks for. */
export interface ShapedRule {
  /** Those that ask one thing of one value are made one. */
  readonly clauses: readonly Clause[]
  /** Of each clause, the number of its shape: what is asked of which terms. */
  readonly shapes: readonly number[]
}

/** The rules that have a clause of one shape. */
export interface Shape {
  /** By what is asked of which term. */
  readonly entries: Map<string, ColumnEntry[]>
  readonly positions: number[]
}

const noClauses: ShapedRule = { clauses: [], shapes: [] }

/** A clause shape that so few rules have is left to the evaluator, when the rule has one that so many share. */
const rare = 1
const common = 8

/** One is always false. */
export function isDead(clauses: readonly Clause[]): boolean {
  return clauses.some(({ length }) => length === 0)
}

/** Gives every shape of the rules' clauses a number. A rule that is always false has no clauses. */
export function shapedRules(rules: ReadonlyArray<readonly Clause[]>): readonly ShapedRule[] {
  const numbers = new Map<string, number>()
  return rules.map((clauses) => (isDead(clauses) ? noClauses : shapedRule(clauses, numbers)))
}

function shapedRule(clauses: readonly Clause[], numbers: Map<string, number>): ShapedRule {
  const shapes = clauses.map((clause) => shapeOf(clause, numbers))
  // Nearly always each has a shape of its own.
  if (shapes.every((shape, at) => shapes.indexOf(shape) === at)) return { clauses, shapes }
  const merged: Clause[] = []
  const mergedShapes: number[] = []
  clauses.forEach((clause, index) => {
    const shape = shapes[index] as number
    const at = mergedShapes.indexOf(shape)
    const known = merged[at]
    const both = known === undefined ? null : bothOf(known, clause)
    if (both !== null) merged[at] = both
    else {
      // A second one of a shape has a shape of its own.
      mergedShapes.push(known === undefined ? shape : numberOf(`${shape} #${merged.length}`, numbers))
      merged.push(clause)
    }
  })
  return { clauses: merged, shapes: mergedShapes }
}

function shapeOf(clause: Clause, numbers: Map<string, number>): number {
  if (clause.length === 1) return keyNumber(clause, 0, numbers)
  if (clause.length === 2) {
    const first = keyNumber(clause, 0, numbers)
    const second = keyNumber(clause, 1, numbers)
    return numberOf(first < second ? `${first}|${second}` : `${second}|${first}`, numbers)
  }
  const keys = clause.map((_, at) => keyNumber(clause, at, numbers))
  return numberOf(keys.sort().join('|'), numbers)
}

/** The keys of demands are long and few. */
function keyNumber(clause: Clause, at: number, numbers: Map<string, number>): number {
  return numberOf(clause[at]?.key ?? '', numbers)
}

function numberOf(name: string, numbers: Map<string, number>): number {
  const known = numbers.get(name)
  if (known !== undefined) return known
  numbers.set(name, numbers.size)
  return numbers.size - 1
}

function bothOf([a, ...moreOfA]: Clause, [b, ...moreOfB]: Clause): Clause | null {
  if (a === undefined || b === undefined || moreOfA.length + moreOfB.length > 0) return null
  const isOfValue = a.ask === 'equals' || a.ask === 'size' || a.ask === 'truth'
  return isOfValue ? [{ ...a, set: intersection(a.set, b.set) }] : null
}

/** The rules by shape. `partly`: those of which a clause was left out. */
export function groupedByShape(rules: readonly ShapedRule[]): {
  readonly shapes: readonly Shape[]
  readonly partly: ReadonlySet<number>
} {
  const counts: number[] = []
  for (const { shapes } of rules) for (const shape of shapes) counts[shape] = (counts[shape] ?? 0) + 1
  const found = new Map<number, Shape>()
  const partly = new Set<number>()
  rules.forEach(({ clauses, shapes }, position) => {
    let most = 0
    for (const shape of shapes) most = Math.max(most, counts[shape] ?? 0)
    for (let at = 0; at < shapes.length; at += 1) {
      const shape = shapes[at] as number
      if (most >= common && (counts[shape] ?? 0) <= rare) partly.add(position)
      else addClause(found, shape, clauses[at] as Clause, position)
    }
  })
  return { shapes: [...found.values()], partly }
}

function addClause(found: Map<number, Shape>, number: number, clause: Clause, position: number): void {
  let shape = found.get(number)
  if (shape === undefined) {
    shape = { entries: new Map<string, ColumnEntry[]>(), positions: [] }
    found.set(number, shape)
  }
  shape.positions.push(position)
  for (const demand of clause) {
    const entries = shape.entries.get(demand.key)
    if (entries === undefined) shape.entries.set(demand.key, [{ position, demand }])
    else entries.push({ position, demand })
  }
}
