import type { Problem } from '../../control-plane/documents/document-kind.ts'
import type { DocumentPath } from '../../control-plane/documents/document.ts'
import type { JsonValue } from '../../kernel/json.ts'
import { nearestName } from '../../kernel/nearest-name.ts'
import type { Condition, Expected, VariableTypes } from '../conditions/condition-compiler.ts'
import { brokenCondition } from '../conditions/cel-condition-compiler.ts'
import { conditions } from '../conditions/conditions.ts'
import type { CelNode } from '../conditions/syntax/cel-node.ts'
import { compileTemplate } from '../templates/compile-template.ts'
import type { ValueTemplate, ValueUse } from '../templates/compile-value.ts'
import { compileValue } from '../templates/compile-value.ts'
import type { TextForm } from '../templates/liquid-engine.ts'
import type { Template } from '../templates/template.ts'
import { hasCalendar } from './has-calendar.ts'
import type { TypeCatalog } from './type-catalog.ts'

/** What conditions may name beside their variables, and the work that one may do. */
export type ConditionScope = Pick<TypeCatalog, 'evaluationFuel' | 'events' | 'people'>

/**
 * Collects what is wrong while a document is compiled. What does not compile becomes a part that fails when it runs, so that a
 * stored document of an older version still loads and says what is wrong with it when it matters.
 */
export class ProblemLog {
  readonly problems: Problem[] = []
  readonly #scope: ConditionScope | undefined

  /** Without `scope` conditions may do the most work that is allowed, and the names in their calls are not looked up. */
  constructor(scope?: ConditionScope) {
    this.#scope = scope
  }

  add(problem: Problem): void {
    this.problems.push(problem)
  }

  /** `seen` is shown the syntax tree of what compiles, and must not keep it. */
  condition(
    source: string,
    variables: VariableTypes,
    expected: Expected,
    path: DocumentPath,
    seen?: (condition: Condition, tree: CelNode) => void,
  ): Condition {
    const compiled = conditions.compile(source, variables, expected, this.#scope?.evaluationFuel)
    if (compiled.state === 'compiled') {
      seen?.(compiled.condition, compiled.tree)
      this.#checkNames(compiled.condition, path)
      return compiled.condition
    }
    for (const problem of compiled.problems) this.add({ ...problem, path })
    return brokenCondition(source, variables, compiled.problems[0])
  }

  /** A calendar that is not there fails the condition for every event; a misspelt event type is counted as none. */
  #checkNames({ calendars, counts }: Condition, path: DocumentPath): void {
    if (this.#scope === undefined) return
    const { events, people } = this.#scope
    for (const name of calendars)
      if (!hasCalendar(people.calendars, name)) this.add(unknownCalendar(name, people.calendars, path))
    for (const { eventType } of counts) {
      if (events.has(eventType)) continue
      const near = nearestName(eventType, events.keys())
      this.add({
        code: 'NX-CONDITION-EVENT',
        severity: 'warning',
        message: `count() asks for '${eventType}', which no EventType declares`,
        fix: near === null ? `Declare an EventType named ${eventType}.` : `Did you mean '${near}'?`,
        path,
      })
    }
  }

  value(
    value: JsonValue,
    variables: VariableTypes,
    path: DocumentPath,
    use: ValueUse = 'data',
  ): ValueTemplate {
    const { template, problems } = compileValue(value, variables, use)
    for (const problem of problems) this.add({ ...problem, path: [...path, ...problem.path] })
    const [first] = problems
    if (first === undefined) return template
    return { ...template, render: () => ({ state: 'error', code: first.code, message: first.message }) }
  }

  text(source: string, variables: VariableTypes, path: DocumentPath, form: TextForm = 'text'): Template {
    const compiled = compileTemplate(source, variables, form)
    if (compiled.state === 'compiled') return compiled.template
    for (const problem of compiled.problems) this.add({ ...problem, path })
    const [first] = compiled.problems
    const code = first?.code ?? 'NX-TEMPLATE-SYNTAX'
    return {
      source,
      roots: new Set(),
      yields: null,
      render: () => ({ state: 'error', code, message: first?.message ?? 'It does not compile' }),
    }
  }
}

function unknownCalendar(name: string | null, known: ReadonlySet<string>, path: DocumentPath): Problem {
  const code = 'NX-CALENDAR-UNKNOWN'
  if (name === null) {
    const message = 'business_hours() has no default calendar here'
    return {
      code,
      message,
      fix: 'Add a Calendar named default in this scope or above it (scopes below may change it), or name one.',
      path,
    }
  }
  const near = nearestName(name, known)
  const fix = near === null ? 'Add a Calendar of that name.' : `Did you mean '${near}'?`
  return { code, message: `There is no Calendar '${name}'`, fix, path }
}

/** Reports ids that occur twice in a list of the document. */
export function duplicateIds(
  log: ProblemLog,
  list: readonly { readonly id: string }[],
  path: DocumentPath,
): void {
  const seen = new Map<string, number>()
  for (const [index, { id }] of list.entries()) {
    const first = seen.get(id)
    if (first === undefined) seen.set(id, index)
    else {
      log.add({
        code: 'NX-DUPLICATE-ID',
        message: `The id '${id}' is used twice (first at index ${first})`,
        fix: 'Give each its own id: history and tests refer to it.',
        path: [...path, index, 'id'],
      })
    }
  }
}
