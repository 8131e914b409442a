import { Context, toValueSync } from 'liquidjs'
import type { Liquid, Output, Template as LiquidTemplate } from 'liquidjs'
import { errorText } from '../../kernel/errors.ts'
import type { JsonValue } from '../../kernel/json.ts'
import type { VariableTypes, VariableValues } from '../conditions/condition-compiler.ts'
import type { FieldType } from '../types/field-type.ts'
import { jsonType, scalar, typeAt } from '../types/field-type.ts'
import { nearestName } from '../../kernel/nearest-name.ts'
import { liquidEngine } from './liquid-engine.ts'
import type { TextForm } from './liquid-engine.ts'
import type { CompiledTemplate, Template, TemplateProblem, TemplateResult } from './template.ts'
import { renderedCharsMax, templateCharsMax } from './template.ts'
import { readTyped, templateScope } from './template-scope.ts'
import type { ReadPath } from './template-scope.ts'

const engines: Readonly<Record<TextForm, Liquid>> = { text: liquidEngine(), html: liquidEngine('html') }
const loneVariable = /^\s*\{\{-?\s*([A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*)\s*-?\}\}\s*$/
const text = scalar('string')
const noRoots: ReadonlySet<string> = new Set()

/**
 * Reads a text with `{{ }}` and checks every variable in it against the declared types. A lone `{{ x }}` keeps the type of x;
 * everything else yields text. As `html` it always yields text, and what is filled in is escaped.
 */
export function compileTemplate(
  source: string,
  variables: VariableTypes,
  form: TextForm = 'text',
): CompiledTemplate {
  const engine = engines[form]
  if (source.length > templateCharsMax) {
    return failed(
      'NX-TEMPLATE-LIMIT',
      `The text has ${source.length} characters; ${templateCharsMax} are allowed`,
      null,
      templateCharsMax,
    )
  }
  if (!source.includes('{{') && !source.includes('{%'))
    return { state: 'compiled', template: constant(source) }
  let parsed: LiquidTemplate[]
  try {
    parsed = engine.parse(source)
  } catch (error) {
    return syntaxProblem(error, engine)
  }
  const { paths, problems } = readPaths(engine, parsed, source, variables)
  if (problems.length > 0) return { state: 'problems', problems }
  return { state: 'compiled', template: templateOf(source, parsed, paths, variables, form) }
}

function constant(source: string): Template {
  const result: TemplateResult = { state: 'value', value: source }
  return { source, roots: noRoots, yields: text, render: () => result }
}

function templateOf(
  source: string,
  parsed: LiquidTemplate[],
  paths: readonly ReadPath[],
  variables: VariableTypes,
  form: TextForm,
): Template {
  const lone = loneVariable.exec(source)?.[1]?.split('.') as unknown as ReadPath | undefined
  if (form === 'html') return htmlTemplate(source, parsed, paths, variables, lone)
  if (lone !== undefined) return loneTemplate(source, lone, variables)
  const roots = new Set(paths.map(([root]) => root))
  const only = parsed.length === 1 && source.trim().startsWith('{{') ? (parsed[0] as Output) : null
  return {
    source,
    roots,
    yields: only === null ? text : null,
    render: (values) => render(engines.text, values, paths, variables, only ?? parsed),
  }
}

/** A lone `{{ x }}` whose x is absent leaves its key out, as it does in a text. */
function htmlTemplate(
  source: string,
  parsed: LiquidTemplate[],
  paths: readonly ReadPath[],
  variables: VariableTypes,
  lone: ReadPath | undefined,
): Template {
  const nothing: TemplateResult = { state: 'value', value: undefined }
  return {
    source,
    roots: new Set(paths.map(([root]) => root)),
    yields: text,
    render: (values) =>
      lone !== undefined && readTyped(lone, variables, values) === null
        ? nothing
        : render(engines.html, values, paths, variables, parsed),
  }
}

/** Apart from the above, so that what it needs is all it keeps alive. */
function loneTemplate(source: string, path: ReadPath, variables: VariableTypes): Template {
  return {
    source,
    roots: new Set([path[0]]),
    yields: declaredAt(path, variables),
    render: (values) => ({ state: 'value', value: readTyped(path, variables, values) ?? undefined }),
  }
}

function declaredAt(path: ReadPath, variables: VariableTypes): FieldType | null {
  const [root, ...rest] = path
  const type = variables.get(root)
  if (type === undefined) return null
  return rest.length === 0 ? type : typeAt(type, rest.join('.'))
}

/** The engine measures its limit of time on the wall: a pause of the process must not become an error of the template. */
const triesMax = 3

function render(...what: Parameters<typeof renderOnce>): TemplateResult {
  let result = renderOnce(...what)
  for (let tries = 1; tries < triesMax && result.state === 'error'; tries += 1) result = renderOnce(...what)
  return result
}

function renderOnce(
  engine: Liquid,
  values: VariableValues,
  paths: readonly ReadPath[],
  variables: VariableTypes,
  what: LiquidTemplate[] | Output,
): TemplateResult {
  try {
    const scope = templateScope(paths, variables, values)
    if (!Array.isArray(what)) {
      const context = new Context(scope, engine.options, { sync: true })
      return bounded((toValueSync(what.value.value(context, false)) as JsonValue | undefined) ?? undefined)
    }
    return bounded(engine.renderSync(what, scope) as string)
  } catch (error) {
    return { state: 'error', code: 'NX-TEMPLATE-RENDER', message: withoutPlace(errorText(error)) }
  }
}

function bounded(value: JsonValue | undefined): TemplateResult {
  if (typeof value !== 'string' || value.length <= renderedCharsMax) return { state: 'value', value }
  return {
    state: 'error',
    code: 'NX-TEMPLATE-LIMIT',
    message: `The text came out longer than ${renderedCharsMax} characters`,
  }
}

/** The variables of a template as paths, each checked; the offset is that of the variable in the source. */
function readPaths(
  engine: Liquid,
  parsed: LiquidTemplate[],
  source: string,
  variables: VariableTypes,
): { paths: readonly ReadPath[]; problems: readonly TemplateProblem[] } {
  const paths = new Map<string, ReadPath>()
  const problems: TemplateProblem[] = []
  for (const uses of Object.values(engine.analyzeSync(parsed).globals)) {
    for (const { segments, location } of uses) {
      const names = leadingNames(segments)
      const problem = unknownName(names, variables, offsetOf(source, location.row, location.col))
      if (problem !== null) problems.push(problem)
      paths.set(names.join('.'), names)
    }
  }
  // Short paths first: a whole object is placed before a path into it, which is then there already.
  const ordered = [...paths.values()].sort((a, b) => a.length - b.length)
  return { paths: ordered, problems: problems.sort((a, b) => a.offset - b.offset) }
}

function leadingNames(segments: readonly unknown[]): ReadPath {
  const end = segments.findIndex((segment) => typeof segment !== 'string')
  const names = (end < 0 ? segments : segments.slice(0, end)) as string[]
  // Liquid's own words for a list or text are computed, not read.
  while (names.length > 1 && ['size', 'first', 'last'].includes(names.at(-1) ?? '')) names.pop()
  return names as unknown as ReadPath
}

function unknownName(names: ReadPath, variables: VariableTypes, offset: number): TemplateProblem | null {
  const [root, ...rest] = names
  let type: FieldType | undefined = variables.get(root)
  if (type === undefined) return unknown(`There is no '${root}' here`, root, [...variables.keys()], offset)
  let path = root
  for (const name of rest) {
    if (type.kind === 'json' || type.kind === 'map') {
      type = type.kind === 'map' ? type.of : jsonType
      continue
    }
    const fields: ReadonlyMap<string, FieldType> = type.kind === 'struct' ? type.fields : new Map()
    const next = fields.get(name)
    if (next === undefined) return unknown(`${path} has no field '${name}'`, name, [...fields.keys()], offset)
    path = `${path}.${name}`
    type = next
  }
  return null
}

function unknown(message: string, name: string, known: readonly string[], offset: number): TemplateProblem {
  const near = nearestName(name, known)
  const fix =
    near === null ? `Known here: ${known.slice(0, 12).join(', ') || 'nothing'}.` : `Did you mean '${near}'?`
  return { code: 'NX-TEMPLATE-UNKNOWN', message, fix, offset }
}

function offsetOf(source: string, row: number, column: number): number {
  const lines = source.split('\n')
  return lines.slice(0, row - 1).reduce((sum, line) => sum + line.length + 1, 0) + column - 1
}

function syntaxProblem(error: unknown, engine: Liquid): CompiledTemplate {
  const begin = (error as { token?: { begin?: number } }).token?.begin ?? 0
  const message = withoutPlace(errorText(error))
  const filter = /^undefined filter: (\S+)/.exec(message)?.[1]
  if (filter === undefined)
    return failed(
      'NX-TEMPLATE-SYNTAX',
      message,
      'Texts are Liquid: {{ lead.name }}, {% if lead.score > 50 %}…{% endif %}.',
      begin,
    )
  const near = nearestName(filter, Object.keys(engine.filters))
  return failed(
    'NX-TEMPLATE-UNKNOWN',
    `There is no filter '${filter}'`,
    near === null ? 'Use one of Liquid’s filters: default, upcase, date, round.' : `Did you mean '${near}'?`,
    begin,
  )
}

function withoutPlace(message: string): string {
  return message.replace(/, (?:file:\S+, )?line:\d+, col:\d+/, '')
}

function failed(code: string, message: string, fix: string | null, offset: number): CompiledTemplate {
  return { state: 'problems', problems: [{ code, message, fix, offset }] }
}
