import { nearestName } from '../../../kernel/nearest-name.ts'
import { applied, constant } from '../cel/build-code.ts'
import { boolType, celTypeText, isOpen, kindOfType } from '../cel/cel-type.ts'
import type { Code, Elaborator } from '../cel/code.ts'
import { code } from '../cel/code.ts'
import { Frame, fuelMax } from '../cel/frame.ts'
import type { CelNode } from '../syntax/cel-node.ts'
import { Failure } from '../values/value.ts'
import type { Value } from '../values/value.ts'
import type { CelFunction } from './functions.ts'
import { notOffered } from './functions.ts'
import { linearRegex, matchesOp } from './linear-regex.ts'

/** Elaborates a call of a known function, or method with what it is called on as its first argument. */
export function call(
  node: CelNode,
  name: string,
  known: CelFunction,
  args: readonly CelNode[],
  into: Elaborator,
): Code {
  const [first, second] = args.map((arg) => into.elaborate(arg))
  const { required, parameters, on } = known
  if (first === undefined || args.length <= required || args.length > parameters.length + 1) {
    const wanted = `${required + 1}${parameters.length > required ? ` or ${parameters.length + 1}` : ''}`
    return into.problem(
      node,
      'NX-CONDITION-SYNTAX',
      `${name}() takes ${wanted} value(s), counting what it is called on, and got ${args.length}`,
    )
  }
  if (!isOpen(first.type) && !on.includes(kindOfType(first.type))) {
    const message = `${name}() works on ${on.join(', ')}, not on ${celTypeText(first.type)}`
    return into.problem(node, 'NX-CONDITION-TYPE', message)
  }
  const [wanted] = parameters
  if (second !== undefined && wanted !== undefined) {
    if (!isOpen(second.type) && kindOfType(second.type) !== wanted.kind) {
      const message = `${name}() needs a ${wanted.kind}, not a ${celTypeText(second.type)}`
      return into.problem(node, 'NX-CONDITION-TYPE', message)
    }
  }
  const made = applied(known, first, second ?? null)
  const value = constantOf(made, first, second)
  if (value === null) return made
  if (!(value.known instanceof Failure)) return constant(made.type, value.known)
  return into.problem(node, 'NX-CONDITION-VALUE', value.known.message, valueFixes.get(name) ?? null)
}

/** What a constant that cannot be read should look like. */
const valueFixes: ReadonlyMap<string, string> = new Map([
  ['timestamp', 'Write it with its offset, such as timestamp("2026-01-31T09:00:00+04:00").'],
  ['duration', 'Write it such as duration("1h30m").'],
])

/** `days(7)` needs no data: its value, or that it has none, is known. */
function constantOf(made: Code, first: Code, second: Code | undefined): { readonly known: Value } | null {
  if (first.constant === null || (second !== undefined && second.constant === null)) return null
  const noData = new Frame({ size: 0, read: () => null }, {})
  noData.begin(fuelMax, 0)
  return { known: made.run(noData) }
}

/** Elaborates `text.matches("pattern")`: the pattern is compiled here, once. */
export function matchesCall(node: CelNode, args: readonly CelNode[], into: Elaborator): Code {
  const [first, pattern] = args
  const usage = 'Write `event.text.matches("(?i)price|cost")`.'
  if (first === undefined || pattern === undefined || args.length !== 2)
    return into.problem(node, 'NX-CONDITION-SYNTAX', 'matches() takes a text and a pattern', usage)
  const text = into.elaborate(first)
  const written = into.elaborate(pattern).constant?.value
  if (typeof written !== 'string')
    return into.problem(pattern, 'NX-CONDITION-TYPE', 'The pattern of matches() is a text written out', usage)
  if (!isOpen(text.type) && text.type.kind !== 'string') {
    const message = `matches() works on text, not on ${celTypeText(text.type)}`
    return into.problem(node, 'NX-CONDITION-TYPE', message)
  }
  const regex = linearRegex(written)
  return regex instanceof Failure
    ? into.problem(
        pattern,
        'NX-CONDITION-PATTERN',
        regex.message,
        'Patterns are those of RE2, without look-around; a long one becomes several matches() with || between them.',
      )
    : code(boolType, matchesOp(text.run, regex))
}

/** Reports a function that is not there, and what is wrong with its arguments. */
export function unknownFunction(
  node: CelNode,
  name: string,
  names: readonly string[],
  args: readonly CelNode[],
  into: Elaborator,
): Code {
  const instead = notOffered.get(name)
  const near = nearestName(name, names)
  const fix = instead ?? (near === null ? `Known here: ${names.join(', ')}.` : `Did you mean ${near}()?`)
  const message =
    instead === undefined ? `There is no function ${name}() here` : `${name}() is not part of the language`
  const broken = into.problem(node, 'NX-CONDITION-UNKNOWN', message, fix)
  // The names that a loop would bind are not there: what is below them would be reported as an echo.
  if (instead === undefined && args.length > 0 && !args.slice(1).some(({ op }) => op === 'id'))
    for (const arg of args) into.elaborate(arg)
  return broken
}
