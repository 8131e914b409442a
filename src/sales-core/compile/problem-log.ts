import type { Problem } from '../../control-plane/documents/document-kind.ts'
import type { DocumentPath } from '../../control-plane/documents/document.ts'
import type { JsonValue } from '../../kernel/json.ts'
import type { Condition, Expected, VariableTypes } from '../conditions/condition-compiler.ts'
import { conditions } from '../conditions/conditions.ts'
import { compileTemplate } from '../templates/compile-template.ts'
import type { ValueTemplate } from '../templates/compile-value.ts'
import { compileValue } from '../templates/compile-value.ts'
import type { Template } from '../templates/template.ts'

/**
 * Collects what is wrong while a document is compiled. What does not compile becomes a part that fails when it runs, so that a
 * stored document of an older version still loads and says what is wrong with it when it matters.
 */
export class ProblemLog {
  readonly problems: Problem[] = []
  readonly #fuel: number | undefined

  /** `fuel`: the work that one condition may do; default: the most that is allowed. */
  constructor(fuel?: number) {
    this.#fuel = fuel
  }

  add(problem: Problem): void {
    this.problems.push(problem)
  }

  condition(source: string, variables: VariableTypes, expected: Expected, path: DocumentPath): Condition {
    const compiled = conditions.compile(source, variables, expected, this.#fuel)
    if (compiled.state === 'compiled') return compiled.condition
    for (const problem of compiled.problems) this.add({ ...problem, path })
    const [first] = compiled.problems
    return {
      source,
      roots: new Set(),
      reads: [],
      variables,
      evaluate: () => ({
        state: 'error',
        code: first?.code ?? 'NX-CONDITION-SYNTAX',
        message: first?.message ?? 'It does not compile',
      }),
    }
  }

  value(value: JsonValue, variables: VariableTypes, path: DocumentPath): ValueTemplate {
    const { template, problems } = compileValue(value, variables)
    for (const problem of problems) this.add({ ...problem, path: [...path, ...problem.path] })
    const [first] = problems
    if (first === undefined) return template
    return { ...template, render: () => ({ state: 'error', code: first.code, message: first.message }) }
  }

  text(source: string, variables: VariableTypes, path: DocumentPath): Template {
    const compiled = compileTemplate(source, variables)
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
