import { isJsonObject } from '../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import type { DocumentPath } from '../../control-plane/documents/document.ts'
import type { Problem } from '../../control-plane/documents/document-kind.ts'
import { compileExpression, functionNames, inText } from './templates/expression.ts'
import type { Read } from './templates/expression.ts'
import { misfit } from './templates/misfit.ts'
import { RenderBudget, eachItemsMax } from './templates/render-budget.ts'
import type { TemplateScope, TemplateWorld } from './templates/template-world.ts'

export type { TemplateScope, TemplateWorld } from './templates/template-world.ts'

/**
 * A template of typed JSON. A leaf that is exactly `{{ x }}` keeps the type of x, and its key is left out when x is absent;
 * text around a `{{ x }}` makes text, and then x must be there. Two objects are more than they look:
 *   { $each: 'input.items', as: 'item', do: … }   `do` for every item of a list, which it reads as `item`; functions may follow the path
 *   { $merge: [ … ] }                             objects joined into one, the later member wins
 */
export interface CompiledTemplate {
  /** Throws NX-CONNECTOR-INPUT (invalid) when the scope does not fit, or the result would be too large. */
  render(scope: TemplateScope): JsonValue | undefined
  readonly problems: readonly Problem[]
}

type Render = (scope: TemplateScope, budget: RenderBudget) => JsonValue | undefined
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
  const render = compileNode(template, world, path, report)
  return { render: (scope) => render(scope, new RenderBudget()), problems }
}

function compileNode(node: JsonValue, world: TemplateWorld, path: DocumentPath, report: Report): Render {
  if (typeof node === 'string') return compileText(node, world, path, report)
  if (Array.isArray(node)) {
    const items = (node as readonly JsonValue[]).map((item, index) =>
      compileNode(item, world, [...path, index], report),
    )
    return (scope, budget) => {
      const values = items.map((item) => item(scope, budget)).filter((value) => value !== undefined)
      // As with objects: a list of which nothing is left goes.
      return values.length > 0 || items.length === 0 ? values : undefined
    }
  }
  if (!isJsonObject(node)) return () => node
  if (Object.hasOwn(node, '$each')) return compileEach(node, world, path, report)
  if (Object.hasOwn(node, '$merge')) return compileMerge(node, world, path, report)
  return compileObject(node, world, path, report)
}

function compileObject(node: JsonObject, world: TemplateWorld, path: DocumentPath, report: Report): Render {
  const members = Object.entries(node).map(
    ([key, value]) => [key, compileNode(value as JsonValue, world, [...path, key], report)] as const,
  )
  return (scope, budget) => {
    const object: Record<string, JsonValue> = {}
    let some = false
    for (const [key, render] of members) {
      const value = render(scope, budget)
      if (value === undefined) continue
      budget.spend(key.length + 1)
      put(object, key, value)
      some = true
    }
    return some || members.length === 0 ? object : undefined
  }
}

/** Every item by the same template; an item of which nothing is left is left out. */
function compileEach(node: JsonObject, world: TemplateWorld, path: DocumentPath, report: Report): Render {
  const { $each: list, as: name = 'item', do: inner, ...rest } = node
  const wrong = (message: string): Render => {
    report(path, 0, message)
    return () => undefined
  }
  if (typeof list !== 'string' || inner === undefined || Object.keys(rest).length > 0)
    return wrong('$each is written { $each: input.items, as: item, do: … }')
  if (typeof name !== 'string' || !/^[a-z][a-z0-9_]*$/.test(name) || world.roots.includes(name))
    return wrong(`$each needs a name in \`as\` that nothing else has, not '${String(name)}'`)
  const read: Read = compileExpression(list, world, (message) => report([...path, '$each'], 0, message))
  const render = compileNode(inner, { ...world, roots: [...world.roots, name] }, [...path, 'do'], report)
  return (scope, budget) => {
    const found = read(scope)
    if (found === undefined || found === null) return undefined
    if (!Array.isArray(found)) throw misfit(`${list} is not a list.`)
    if (found.length > eachItemsMax) throw misfit(`${list} has more than ${eachItemsMax} items.`)
    return (found as readonly JsonValue[])
      .map((item) => {
        // Also what renders to nothing takes its time.
        budget.spend(16)
        return render({ ...scope, [name]: item }, budget)
      })
      .filter((value) => value !== undefined)
  }
}

function compileMerge(node: JsonObject, world: TemplateWorld, path: DocumentPath, report: Report): Render {
  const { $merge: list, ...rest } = node
  if (!Array.isArray(list) || Object.keys(rest).length > 0) {
    report(path, 0, '$merge is written { $merge: [ … ] }')
    return () => undefined
  }
  const parts = (list as readonly JsonValue[]).map((part, index) =>
    compileNode(part, world, [...path, '$merge', index], report),
  )
  return (scope, budget) => {
    const merged: Record<string, JsonValue> = {}
    for (const part of parts) {
      const value = part(scope, budget)
      if (value === undefined || value === null) continue
      if (!isJsonObject(value)) throw misfit('A part of $merge is not an object.')
      for (const [key, member] of Object.entries(value)) if (member !== undefined) put(merged, key, member)
    }
    return Object.keys(merged).length === 0 && parts.length > 0 ? undefined : merged
  }
}

function compileText(text: string, world: TemplateWorld, path: DocumentPath, report: Report): Render {
  const parts: Array<string | { read: Read; source: string }> = []
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
    const read = compileExpression(source, world, (message) => report(path, open + 2, message))
    parts.push({ read, source: source.trim() })
    at = close + 2
  }
  if (parts.length === 0) {
    return (_scope, budget) => {
      budget.spend(text.length)
      return text
    }
  }
  if (at < text.length) parts.push(text.slice(at))
  const [only] = parts
  if (parts.length === 1 && typeof only === 'object') {
    return (scope, budget) => {
      const value = only.read(scope)
      budget.spendValue(value)
      return value
    }
  }
  return (scope, budget) =>
    parts
      .map((part) => {
        const piece = typeof part === 'string' ? part : inText(part.read(scope), part.source)
        budget.spend(piece.length)
        return piece
      })
      .join('')
}

/** A member called `__proto__` is data like any other. */
function put(object: Record<string, JsonValue>, name: string, value: JsonValue): void {
  if (name !== '__proto__') object[name] = value
  else Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true })
}
