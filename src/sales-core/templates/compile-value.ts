import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import { isJsonObject } from '../../kernel/json.ts'
import type { DocumentPath } from '../../control-plane/documents/document.ts'
import type { VariableTypes, VariableValues } from '../conditions/condition-compiler.ts'
import type { FieldType } from '../types/field-type.ts'
import { scalar } from '../types/field-type.ts'
import { compileTemplate } from './compile-template.ts'
import type { TemplateProblem, TemplateResult } from './template.ts'

/** A problem of a text inside a value; `path` leads to it from the value. */
export interface ValueProblem extends TemplateProblem {
  readonly path: DocumentPath
}

/** A JSON value in which every string may be a text with `{{ }}`. */
export interface ValueTemplate {
  readonly roots: ReadonlySet<string>
  /** The type of what it yields when that is known: of a lone `{{ x }}`, of a constant. */
  readonly yields: FieldType | null
  /** True when nothing in it depends on an event or an entity. */
  readonly constant: boolean
  render(values: VariableValues): TemplateResult
}

export const valueNodesMax = 500

/** What a value is for: data, or the input of something that may be a message. */
export type ValueUse = 'data' | 'message'

/** Members of a message in which names and notes of leads must stay words. */
const noMembers: ReadonlySet<unknown> = new Set()
const htmlOnly: ReadonlySet<unknown> = new Set(['html'])
const markedUp: ReadonlySet<unknown> = new Set(['html', 'text'])

/**
 * Reads every text in a value; every problem is reported with its path. Keys are never templates. Of a message, the
 * member `html`, and `text` beside `format: html`, is HTML: what is filled in there is escaped.
 */
export function compileValue(
  value: JsonValue,
  variables: VariableTypes,
  use: ValueUse = 'data',
): { template: ValueTemplate; problems: readonly ValueProblem[] } {
  const problems: ValueProblem[] = []
  const format = use === 'message' && isJsonObject(value) ? value['format'] : undefined
  const html = use === 'data' ? noMembers : format === 'html' ? markedUp : htmlOnly
  const template = compileNode(value, variables, [], problems, html)
  if (nodesIn(value) > valueNodesMax) {
    problems.push({
      code: 'NX-TEMPLATE-LIMIT',
      message: `The value has more than ${valueNodesMax} parts`,
      fix: 'Send less.',
      path: [],
      offset: 0,
    })
  }
  const isOpen = typeof format === 'string' && format.includes('{')
  return {
    template: isOpen ? byFormat(template, compileNode(value, variables, [], [], markedUp)) : template,
    problems,
  }
}

/** Only rendering can tell what the text is. */
function byFormat(plain: ValueTemplate, html: ValueTemplate): ValueTemplate {
  const render = (values: VariableValues): TemplateResult => {
    const result = plain.render(values)
    const isHtml = result.state === 'value' && asObject(result.value)['format'] === 'html'
    return isHtml ? html.render(values) : result
  }
  return { ...plain, render }
}

function compileNode(
  value: JsonValue,
  variables: VariableTypes,
  path: DocumentPath,
  problems: ValueProblem[],
  /** Members of the outermost object that are HTML. */
  html: ReadonlySet<unknown>,
): ValueTemplate {
  if (typeof value === 'string') {
    const form = path.length === 1 && html.has(path[0]) ? 'html' : 'text'
    const compiled = compileTemplate(value, variables, form)
    if (compiled.state === 'problems') {
      problems.push(...compiled.problems.map((problem) => ({ ...problem, path })))
      return constantValue(value, null)
    }
    return { ...compiled.template, constant: compiled.template.roots.size === 0 && !value.includes('{') }
  }
  if (value === null || typeof value !== 'object') return constantValue(value, scalarOf(value))
  const parts: ReadonlyArray<readonly [string, ValueTemplate]> = Array.isArray(value)
    ? (value as readonly JsonValue[]).map(
        (item, index) =>
          [String(index), compileNode(item, variables, [...path, index], problems, html)] as const,
      )
    : Object.entries(value as JsonObject).map(
        ([key, member]) =>
          [key, compileNode(member ?? null, variables, [...path, key], problems, html)] as const,
      )
  if (parts.every(([, part]) => part.constant)) return constantValue(value, null)
  return composed(parts, Array.isArray(value))
}

function composed(parts: ReadonlyArray<readonly [string, ValueTemplate]>, isArray: boolean): ValueTemplate {
  return {
    roots: new Set(parts.flatMap(([, part]) => [...part.roots])),
    yields: null,
    constant: false,
    render: (values) => {
      const members: Array<readonly [string, JsonValue]> = []
      for (const [key, part] of parts) {
        const result = part.render(values)
        if (result.state === 'error') return result
        // Absent: the key is left out; in a list the place is left out.
        if (result.value !== undefined) members.push([key, result.value])
      }
      return {
        state: 'value',
        value: isArray ? members.map(([, member]) => member) : Object.fromEntries(members),
      }
    },
  }
}

function constantValue(value: JsonValue, yields: FieldType | null): ValueTemplate {
  const result: TemplateResult = { state: 'value', value }
  return { roots: new Set(), yields, constant: true, render: () => result }
}

function scalarOf(value: null | number | boolean): FieldType | null {
  if (value === null) return null
  return scalar(typeof value === 'number' ? 'number' : 'bool')
}

function nodesIn(value: JsonValue): number {
  if (value === null || typeof value !== 'object') return 1
  const members: readonly (JsonValue | undefined)[] = Array.isArray(value)
    ? (value as readonly JsonValue[])
    : Object.values(value as JsonObject)
  return members.reduce<number>((sum, member) => sum + nodesIn(member ?? null), 1)
}

/** The members of a rendered object. Rendering an object always yields one. */
export function asObject(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {}
}
