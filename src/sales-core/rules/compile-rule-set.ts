import type { Problem, TypedDocument } from '../../control-plane/documents/document-kind.ts'
import { ProblemLog, duplicateIds } from '../compile/problem-log.ts'
import type { TypeCatalog } from '../compile/type-catalog.ts'
import { subjectsOf, variablesFor } from '../compile/type-catalog.ts'
import type { IntegrationCatalog } from '../decide/sales-config.ts'
import type { RuleSetSpec, RuleSpec } from '../kinds/rule-set-spec.ts'
import { compileAction } from './compile-action.ts'
import { compileMemory } from './compile-memory.ts'
import { phaseProblems } from './phase-problems.ts'
import type { CompiledRule } from './compiled-rule.ts'
import { takeClauses } from './index/clauses/condition-clauses.ts'

/**
 * Compiles the rules of a set, and says what is wrong with them. Without a catalog (validation) operations are not resolved:
 * references to them are checked by name elsewhere.
 */
export function compileRuleSet(
  { spec }: TypedDocument<RuleSetSpec>,
  types: TypeCatalog,
  catalog: IntegrationCatalog | null,
): { rules: readonly CompiledRule[]; problems: readonly Problem[] } {
  const log = new ProblemLog(types)
  duplicateIds(log, spec.rules, ['rules'])
  const phase = spec.phase ?? 'decide'
  // Guards are few, and validation decides nothing.
  const isIndexed = catalog !== null && phase !== 'guard'
  const rules = spec.rules.map((rule, index) => {
    phaseProblems(log, phase, rule, ['rules', index])
    const compiled = { ...compileRule(spec.name, rule, index, types, catalog, log, isIndexed), phase }
    return spec.match === 'first' ? { ...compiled, final: true } : compiled
  })
  return { rules, problems: log.problems }
}

function compileRule(
  set: string,
  rule: RuleSpec,
  index: number,
  types: TypeCatalog,
  catalog: IntegrationCatalog | null,
  log: ProblemLog,
  isIndexed: boolean,
): Omit<CompiledRule, 'phase'> {
  const path = ['rules', index]
  const event = types.events.get(rule.on)
  const subjects = subjectsOf(types, event)
  // An undeclared event is reported as an unknown reference; its conditions cannot be checked.
  const variables = variablesFor(types, { event, entities: subjects })
  const checked = event === undefined ? new ProblemLog(types) : log
  const when =
    rule.when === undefined
      ? null
      : checked.condition(
          rule.when,
          variables,
          'bool',
          [...path, 'when'],
          isIndexed ? takeClauses : undefined,
        )
  const context = { types, variables, subjects, catalog, log: checked }
  const compiled = rule.then.flatMap((action, at) => compileAction(action, context, [...path, 'then', at]))
  const memory = compileMemory(rule, { types, event, subjects, variables, log: checked }, path)
  const kinds = new Set([
    ...memory.kinds,
    ...[...(when?.roots ?? [])].filter((root) => types.entities.has(root)),
    ...compiled.flatMap(({ kinds: used }) => used),
  ])
  if (kinds.size > 1) {
    log.add({
      code: 'NX-RULE-ENTITIES',
      message: `The rule uses ${[...kinds].sort().join(' and ')}: an event is about one entity`,
      fix: 'Split the rule; reach another entity by emitting an event about it.',
      path,
    })
  }
  const [entityKind] = kinds
  return {
    ref: `${set}/${rule.id}`,
    cause: `RuleSet/${set}#${rule.id}`,
    document: set,
    id: rule.id,
    on: rule.on,
    rank: rule.rank,
    entityKind: entityKind ?? event?.folds ?? null,
    when,
    actions: compiled.map(({ action }) => action),
    memory: memory.memory,
    final: rule.final ?? false,
    depthMax: rule.allow_cycle?.max ?? null,
  }
}
