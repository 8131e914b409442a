import * as fc from 'fast-check'
import { macroNames, macroNestingMax } from '../../../src/sales-core/conditions/cel/macros.ts'
import { nodesBelow } from '../../../src/sales-core/conditions/syntax/cel-node.ts'
import type { CelNode } from '../../../src/sales-core/conditions/syntax/cel-node.ts'
import { parseCel } from '../../../src/sales-core/conditions/syntax/parse-cel.ts'

/** An expression in the language's two forms: as conditions have it, and as plain CEL with doubles has it. */
export interface Expression {
  readonly profile: string
  readonly plain: string
}

function same(text: string): Expression {
  return { profile: text, plain: text }
}

function joined(parts: readonly Expression[], write: (texts: readonly string[]) => string): Expression {
  return {
    profile: write(parts.map(({ profile }) => profile)),
    plain: write(parts.map(({ plain }) => plain)),
  }
}

const number = fc.oneof(
  fc.integer({ min: -3, max: 9 }).map((value) => ({ profile: String(value), plain: `${value}.0` })),
  fc.constantFrom(same('0.5'), same('2.25'), same('lead.score'), same('lead.visits')),
)
const text = fc.constantFrom(
  ...['"a"', '"B"', '"ab"', '""', '"é"', 'lead.name', 'lead.country', '(lead.name + lead.country)'].map(same),
)

const tree = fc.letrec<{
  number: Expression
  text: Expression
  numbers: Expression
  texts: Expression
  bool: Expression
}>((tie) => ({
  number: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    number,
    fc
      .tuple(tie('number'), fc.constantFrom('+', '-', '*'), tie('number'))
      .map(([a, op, b]) => joined([a, b], ([x, y]) => `(${x} ${op} ${y})`)),
    tie('number').map((a) => joined([a], ([x]) => `(-(${x}))`)),
    fc
      .tuple(tie('bool'), tie('number'), tie('number'))
      .map((parts) => joined(parts, ([a, b, c]) => `(${a} ? ${b} : ${c})`)),
    tie('texts').map((a) => joined([a], ([x]) => `double(size(${x}))`)),
    tie('text').map((a) => joined([a], ([x]) => `double(${x}.size())`)),
  ),
  text: text,
  numbers: fc.oneof(
    fc.constant(same('lead.amounts')),
    fc.array(number, { maxLength: 4 }).map((items) => joined(items, (all) => `[${all.join(', ')}]`)),
    tie('number').map((a) => joined([a], ([x]) => `lead.amounts.map(y, y + ${x})`)),
    tie('number').map((a) => joined([a], ([x]) => `lead.amounts.filter(y, y < ${x})`)),
    tie('number').map((a) => joined([a], ([x]) => `(lead.amounts + [${x}])`)),
  ),
  texts: fc.oneof(
    fc.constant(same('lead.tags')),
    fc.array(text, { maxLength: 4 }).map((items) => joined(items, (all) => `[${all.join(', ')}]`)),
    fc.constant(same('lead.tags.map(y, y + "x")')),
  ),
  bool: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom(...['true', 'false', 'lead.hot', 'lead.odd'].map(same)),
    fc
      .tuple(tie('number'), fc.constantFrom('<', '<=', '>', '>=', '==', '!='), tie('number'))
      .map(([a, op, b]) => joined([a, b], ([x, y]) => `(${x} ${op} ${y})`)),
    fc
      .tuple(tie('text'), fc.constantFrom('<', '<=', '>', '>=', '==', '!='), tie('text'))
      .map(([a, op, b]) => joined([a, b], ([x, y]) => `(${x} ${op} ${y})`)),
    fc
      .tuple(tie('text'), fc.constantFrom('contains', 'startsWith', 'endsWith'), tie('text'))
      .map(([a, name, b]) => joined([a, b], ([x, y]) => `${x}.${name}(${y})`)),
    fc
      .tuple(tie('text'), fc.constantFrom('a+', '^[ab]*$', 'é|B', '(a|b){2}'))
      .map(([a, pattern]) => joined([a], ([x]) => `${x}.matches("${pattern}")`)),
    fc.tuple(tie('number'), tie('numbers')).map((parts) => joined(parts, ([x, y]) => `(${x} in ${y})`)),
    fc.tuple(tie('text'), tie('texts')).map((parts) => joined(parts, ([x, y]) => `(${x} in ${y})`)),
    fc.tuple(tie('numbers'), tie('numbers')).map((parts) => joined(parts, ([x, y]) => `(${x} == ${y})`)),
    fc
      .tuple(tie('numbers'), fc.constantFrom('all', 'exists', 'exists_one'), tie('number'))
      .map(([a, name, b]) => joined([a, b], ([x, y]) => `${x}.${name}(z, z > ${y})`)),
    fc
      .tuple(tie('texts'), fc.constantFrom('all', 'exists', 'exists_one'), tie('text'))
      .map(([a, name, b]) => joined([a, b], ([x, y]) => `${x}.${name}(z, z == ${y})`)),
    fc
      .tuple(tie('bool'), fc.constantFrom('&&', '||'), tie('bool'))
      .map(([a, op, b]) => joined([a, b], ([x, y]) => `(${x} ${op} ${y})`)),
    tie('bool').map((a) => joined([a], ([x]) => `!(${x})`)),
    fc
      .tuple(tie('bool'), tie('bool'), tie('bool'))
      .map((parts) => joined(parts, ([a, b, c]) => `(${a} ? ${b} : ${c})`)),
  ),
}))

/** Conditions of the profile that plain CEL reads the same way: no absent values, no divisions, numbers that are doubles. */
export const boolExpression: fc.Arbitrary<Expression> = tree.bool.filter(({ profile }) => {
  const parsed = parseCel(profile)
  return !('problems' in parsed) && loopsIn(parsed.ast) <= macroNestingMax
})

/** How deep loops stand inside one another. */
function loopsIn(node: CelNode): number {
  const below = Math.max(0, ...nodesBelow(node).map(loopsIn))
  if (node.op !== 'rcall' || !macroNames.has(node.args[0])) return below
  return Math.max(loopsIn(node.args[1]), 1 + Math.max(...node.args[2].map(loopsIn)))
}

/** A lead for them; `odd` is of a type that no condition expects. */
export const leadData = fc
  .record({
    score: fc.constantFrom(0, 1, 2.5, 7),
    visits: fc.constantFrom(0, 3),
    name: fc.constantFrom('a', 'ab', 'Bé', ''),
    country: fc.constantFrom('AE', 'b', ''),
    hot: fc.boolean(),
    odd: fc.constantFrom<unknown>('text', 3.5, ['a']),
    amounts: fc.array(fc.constantFrom(0, 1, 2.5, -3), { maxLength: 4 }),
    tags: fc.array(fc.constantFrom('a', 'b', 'ab'), { maxLength: 4 }),
  })
  .map((lead) => ({ ...lead }))
