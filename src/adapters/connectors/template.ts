import { NxError } from '../../kernel/errors.ts'
import { isJsonObject } from '../../kernel/json.ts'
import type { JsonValue } from '../../kernel/json.ts'
import type { DocumentPath } from '../../control-plane/documents/document.ts'
import type { Problem } from '../../control-plane/documents/document-kind.ts'
import { templateFunctions } from './template-functions.ts'
import type { ValueTables } from './template-functions.ts'

/** What a template may read, by root name: `{input: {...}, entity: {id: '42'}}`. */
export type TemplateScope = Readonly<Record<string, JsonValue | undefined>>

/** What a template is compiled against. */
export interface TemplateWorld {
  /** Root names that exist; anything else is a problem. */
  readonly roots: readonly string[]
  readonly tables: ValueTables
}

/**
 * A template of typed JSON. A leaf that is exactly `{{ x }}` keeps the type of x, and its key is left out when x is absent;
 * text around a `{{ x }}` makes text, and then x must be there.
 */
export interface CompiledTemplate {
  /** Throws NX-CONNECTOR-INPUT (invalid) when the scope does not fit. */
  render(scope: TemplateScope): JsonValue | undefined
  readonly problems: readonly Problem[]
}

type Render = (scope: TemplateScope) => JsonValue | undefined
type Report = (path: DocumentPath, offset: number, message: string) => void

/** Compiles once; rendering does no parsing. Problems carry the path below `path` and the offset inside the text. */
export function compileTemplate(
  template: JsonValue,
  world: TemplateWorld,
  path: DocumentPath = [],
): CompiledTemplate {
  const problems: Problem[] = []
  const report: Report = (at, offset, message) =>
    problems.push({
      code: 'NX-TEMPLATE',
      message,
      fix: `Write {{ root.field }} with one of the roots ${world.roots.join(', ')}; functions: ${functionNames.join(', ')}.`,
      path: at,
      offset,
    })
  return { render: compileNode(template, world, path, report), problems }
}

const functionNames = [...Object.keys(templateFunctions), 'default']

function compileNode(node: JsonValue, world: TemplateWorld, path: DocumentPath, report: Report): Render {
  if (typeof node === 'string') return compileText(node, world, path, report)
  if (Array.isArray(node)) {
    const items = (node as readonly JsonValue[]).map((item, index) =>
      compileNode(item, world, [...path, index], report),
    )
    return (scope) => items.map((item) => item(scope)).filter((value) => value !== undefined)
  }
  if (!isJsonObject(node)) return () => node
  const members = Object.entries(node).map(
    ([key, value]) => [key, compileNode(value as JsonValue, world, [...path, key], report)] as const,
  )
  return (scope) => {
    const object: Record<string, JsonValue> = {}
    let some = false
    for (const [key, render] of members) {
      const value = render(scope)
      if (value === undefined) continue
      object[key] = value
      some = true
    }
    return some || members.length === 0 ? object : undefined
  }
}

function compileText(text: string, world: TemplateWorld, path: DocumentPath, report: Report): Render {
  const parts: Array<string | { render: Render; source: string }> = []
  let at = 0
  while (at < text.length) {
    const open = text.indexOf('{{', at)
    if (open < 0) break
    const close = text.indexOf('}}', open)
    if (close < 0) {
      report(path, open, "'{{' is never closed by '}}'")
      break
    }
    if (open > at) parts.push(text.slice(at, open))
    const source = text.slice(open + 2, close)
    const render = compileExpression(source, world, (message) => report(path, open + 2, message))
    parts.push({ render, source: source.trim() })
    at = close + 2
  }
  if (parts.length === 0) return () => text
  if (at < text.length) parts.push(text.slice(at))
  const [only] = parts
  if (parts.length === 1 && typeof only === 'object') return only.render
  return (scope) =>
    parts.map((part) => (typeof part === 'string' ? part : inText(part.render(scope), part.source))).join('')
}

function inText(value: JsonValue | undefined, source: string): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return String(value)
  throw new NxError('invalid', 'NX-CONNECTOR-INPUT', 'The input does not fit the operation', {
    detail: `${source} is ${value === undefined || value === null ? 'missing' : 'not text'}.`,
    fix: 'Give it in the `with:` of the call.',
  })
}

const pathPattern = /^[A-Za-z_][\w-]*(\.[\w-]+)*$/

/** `input.a ?? entity.id | trim | default: x`. */
function compileExpression(source: string, world: TemplateWorld, report: (message: string) => void): Render {
  const [reads = '', ...calls] = source.split('|')
  const paths = reads.split('??').map((read) => read.trim())
  for (const read of paths) {
    const root = read.split('.', 1)[0] ?? ''
    if (!pathPattern.test(read)) report(`'${read}' is not a path like input.name`)
    else if (!world.roots.includes(root)) report(`There is no '${root}' here`)
  }
  let render: Render = firstOf(paths.map((read) => read.split('.')))
  for (const call of calls) {
    const [name = '', rest] = splitOnce(call.trim(), ':')
    // A default is one value, commas and all; other functions take several.
    const given = rest === undefined ? [] : name.trim() === 'default' ? [rest] : rest.split(',')
    const args = given.map((arg) => unquote(arg.trim()))
    render = applied(render, name.trim(), args, world, report)
  }
  return render
}

function applied(
  before: Render,
  name: string,
  args: readonly string[],
  world: TemplateWorld,
  report: (message: string) => void,
): Render {
  if (name === 'default') {
    const fallback = literal(args[0] ?? '')
    return (scope) => before(scope) ?? fallback
  }
  const apply = Object.hasOwn(templateFunctions, name) ? templateFunctions[name] : undefined
  if (apply === undefined) report(`There is no function '${name}'`)
  if (name === 'map' && !Object.hasOwn(world.tables, args[0] ?? ''))
    report(`There is no table '${args[0] ?? ''}'`)
  return (scope) => {
    const value = before(scope)
    return value === undefined || value === null ? value : apply?.(value, args, world.tables)
  }
}

function firstOf(paths: readonly (readonly string[])[]): Render {
  return (scope) => {
    let found: JsonValue | undefined
    for (const path of paths) {
      found = read(scope, path)
      if (found !== undefined && found !== null) return found
    }
    return found
  }
}

/** Own properties only: a payload must not reach what every object inherits. */
function read(scope: TemplateScope, path: readonly string[]): JsonValue | undefined {
  let current: JsonValue | undefined = scope
  for (const key of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) return undefined
    current = (current as Readonly<Record<string, JsonValue | undefined>>)[key]
  }
  return current
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}

function unquote(text: string): string {
  return /^'.*'$|^".*"$/.test(text) ? text.slice(1, -1) : text
}

/** `true`, `3`, `null` are what they say; anything else is text. */
function literal(text: string): JsonValue {
  return /^(true|false|null|-?\d+(\.\d+)?)$/.test(text) ? (JSON.parse(text) as JsonValue) : text
}
