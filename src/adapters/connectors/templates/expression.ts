import type { JsonValue } from '../../../kernel/json.ts'
import { templateFunctions } from '../template-functions.ts'
import { misfit } from './misfit.ts'
import { requireSize } from './render-budget.ts'
import type { TemplateScope, TemplateWorld } from './template-world.ts'

export type Read = (scope: TemplateScope) => JsonValue | undefined

export const functionNames = [...Object.keys(templateFunctions), 'default']

const pathPattern = /^[A-Za-z_][\w-]*(\.[\w-]+)*$/
/** Their argument is one value, commas and all; other functions take several. */
const oneArgument = new Set(['default', 'join', 'split'])

/** `input.a ?? entity.id | trim | default: x`. */
export function compileExpression(
  source: string,
  world: TemplateWorld,
  report: (message: string) => void,
): Read {
  const [reads = '', ...calls] = source.split('|')
  let read: Read = firstOf(reads.split('??').map((one) => compilePath(one.trim(), world, report)))
  for (const call of calls) {
    const [name = '', rest] = splitOnce(call.trim(), ':')
    const given = rest === undefined ? [] : oneArgument.has(name.trim()) ? [rest] : rest.split(',')
    const args = given.map((arg) => arg.trim())
    read = applied(read, name.trim(), args, world, report)
  }
  return read
}

/** `input.items`: a path from one of the roots. */
function compilePath(path: string, world: TemplateWorld, report: (message: string) => void): Read {
  const root = path.split('.', 1)[0] ?? ''
  if (!pathPattern.test(path)) report(`'${path}' is not a path like input.name`)
  else if (!world.roots.includes(root)) report(`There is no '${root}' here`)
  const parts = path.split('.')
  return (scope) => readOwn(scope, parts)
}

function applied(
  before: Read,
  name: string,
  written: readonly string[],
  world: TemplateWorld,
  report: (message: string) => void,
): Read {
  if (name === 'default') {
    const fallback = literal(written[0] ?? '')
    return (scope) => before(scope) ?? fallback
  }
  const args = written.map(unquote)
  const apply = Object.hasOwn(templateFunctions, name) ? templateFunctions[name] : undefined
  if (apply === undefined) report(`There is no function '${name}'`)
  if (name === 'map' && !Object.hasOwn(world.tables, args[0] ?? ''))
    report(`There is no table '${args[0] ?? ''}'`)
  return (scope) => {
    const value = before(scope)
    if (value === undefined || value === null) return value
    const made = apply?.(value, args, world.tables)
    // Some functions make text longer, and functions come in chains.
    if (typeof made === 'string') requireSize(made.length)
    return made
  }
}

function firstOf(reads: readonly Read[]): Read {
  return (scope) => {
    let found: JsonValue | undefined
    for (const read of reads) {
      found = read(scope)
      if (found !== undefined && found !== null) return found
    }
    return found
  }
}

/** Own properties only: a payload must not reach what every object inherits. */
function readOwn(scope: TemplateScope, path: readonly string[]): JsonValue | undefined {
  let current: JsonValue | undefined = scope
  for (const key of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) return undefined
    current = (current as Readonly<Record<string, JsonValue | undefined>>)[key]
  }
  return current
}

/** What text can hold. Throws NX-CONNECTOR-INPUT (invalid) for the rest. */
export function inText(value: JsonValue | undefined, source: string): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return String(value)
  const wrong = value === undefined || value === null ? 'missing' : 'not text'
  throw misfit(`${source} is ${wrong}.`, 'Give it in the `with:` of the call.')
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}

function unquote(text: string): string {
  return /^'.*'$|^".*"$/.test(text) ? text.slice(1, -1) : text
}

/** `true`, `3`, `null` are what they say; anything else is text: what is quoted, and numbers that begin with a zero. */
function literal(text: string): JsonValue {
  return /^(true|false|null|-?(0|[1-9]\d*)(\.\d+)?)$/.test(text)
    ? (JSON.parse(text) as JsonValue)
    : unquote(text)
}
