import type { DocumentSet } from '../../control-plane/documents/document-kind.ts'
import type { IntegrationCatalog } from '../decide/sales-config.ts'
import { leadScoreShape } from '../kinds/lead-score-shape.ts'
import { ruleSetShape } from '../kinds/rule-set-shape.ts'
import { workflowShape } from '../kinds/workflow-shape.ts'
import { taskKind } from '../people/task-types.ts'
import { compileTeams } from '../people/compile/compile-teams.ts'
import { compileRuleSet } from '../rules/compile-rule-set.ts'
import type { CompiledRule } from '../rules/compiled-rule.ts'
import { byRank } from '../rules/compiled-rule.ts'
import { CandidateFinder } from '../rules/index/candidate-finder.ts'
import { RuleBlockStore } from '../rules/index/rule-block-store.ts'
import { compileLeadScore } from '../scoring/compile-lead-score.ts'
import { compilePolicies } from '../policies/compile-policies.ts'
import { compileSchedules } from '../schedules/compile-schedule.ts'
import { compileCalendars } from '../time/calendars.ts'
import { checkValue } from '../types/check-value.ts'
import type { StructType } from '../types/field-type.ts'
import { compileWorkflow } from '../workflows/compile-workflow.ts'
import { listenedTypes } from '../workflows/interpreter.ts'
import type { CompiledWorkflow } from '../workflows/compiled-workflow.ts'
import { typeCatalogOf } from './document-types.ts'
import { conditionCounts } from './condition-counts.ts'
import { compileFlags } from './flag-values.ts'
import { recurringEvents } from './recurring-events.ts'
import { salesLimitsOf } from './sales-limits.ts'
import type { FoldedField, SalesConfig } from './sales-config.ts'
import type { TypeCatalog } from './type-catalog.ts'

/**
 * Compiles the documents that one (tenant, workspace) sees. The documents were validated when they were applied; a part that does
 * not compile any more fails when it is used, never the whole. Configurations that share `blocks` share the indexes over the
 * rules they have in common.
 */
export function compileSalesConfig(
  documents: DocumentSet,
  digest: string,
  catalog: IntegrationCatalog,
  tenantSlug: string,
  blocks = new RuleBlockStore(),
): SalesConfig {
  const types = typeCatalogOf(documents)
  const calendars = compileCalendars(documents)
  const rules = documents.ofKind(ruleSetShape).flatMap((typed) => compileRuleSet(typed, types, catalog).rules)
  const scores = documents.ofKind(leadScoreShape).map((typed) => compileLeadScore(typed, types).score)
  const workflows = documents
    .ofKind(workflowShape)
    .map((typed) => compileWorkflow(typed, types, catalog).workflow)

  const people = compileTeams(documents, types, calendars)
  const teams = people.teamNames.flatMap((name) => people.team(name) ?? [])

  const ranked = rules.toSorted(byRank)
  const isGuard = ({ phase }: CompiledRule): boolean => phase === 'guard'
  const rulesByType = Map.groupBy(
    ranked.filter((rule) => !isGuard(rule)),
    ({ on }) => on,
  )
  const guardsByType = Map.groupBy(ranked.filter(isGuard), ({ on }) => on)
  const rulesFor = (type: string): readonly CompiledRule[] => rulesByType.get(type) ?? none.rules
  const finder = new CandidateFinder(rulesFor, blocks)
  const rulesByRef = new Map(rules.map((rule) => [rule.ref, rule]))
  const scoresByKind = Map.groupBy(scores, ({ entityKind }) => entityKind)
  const startsByType = Map.groupBy(
    workflows.filter(({ start }) => start !== null),
    ({ start }) => start?.on ?? '',
  )
  const workflowsByName = new Map(workflows.map((workflow) => [workflow.name, workflow]))
  const workflowsByDigest = new Map(workflows.map((workflow) => [workflow.digest, workflow]))
  const listened = new Set([
    ...rulesByType.keys(),
    ...guardsByType.keys(),
    ...rules.flatMap(({ memory }) => memory?.absence?.event ?? []),
    ...startsByType.keys(),
    ...scoredEvents(scores),
    ...workflows.flatMap(listenedTypes),
  ])
  const recurring = recurringEvents(documents, rules, scores)
  const folds = foldsByType(types)
  const none = {
    rules: [] as readonly CompiledRule[],
    scores: [] as const,
    workflows: [] as readonly CompiledWorkflow[],
  }

  return {
    digest,
    tenantSlug,
    types,
    catalog,
    limits: salesLimitsOf(documents),
    rulesFor,
    candidatesFor: (type, values) => finder.candidatesFor(type, values),
    guardsFor: (type) => guardsByType.get(type) ?? none.rules,
    rule: (ref) => rulesByRef.get(ref) ?? null,
    scoresFor: (kind) => scoresByKind.get(kind) ?? none.scores,
    startsFor: (type) => startsByType.get(type) ?? none.workflows,
    workflow: (name) => workflowsByName.get(name) ?? null,
    definition: (wanted) => workflowsByDigest.get(wanted) ?? null,
    eventType: (type) => types.events.get(type) ?? null,
    foldsOf: (type) => folds.get(type) ?? null,
    dataProblems: (type, data) => {
      const declared = types.events.get(type)
      return declared === undefined ? [] : checkValue(declared.data, data, '')
    },
    flags: compileFlags(documents, tenantSlug),
    ...calendars,
    ...people,
    policies: compilePolicies(documents, calendars.homeZone),
    schedules: compileSchedules(documents, types, tenantSlug),
    counts: conditionCounts(rules, scores, workflows, teams),
    mayRecur: (type) => recurring.has(type),
    listensTo: (type) => listened.has(type),
  }
}

function scoredEvents(
  scores: readonly { factors: readonly { kind: string; on?: string }[] }[],
): readonly string[] {
  return scores.flatMap(({ factors }) => factors.flatMap(({ on }) => on ?? []))
}

function foldsByType(
  types: TypeCatalog,
): ReadonlyMap<string, { entityKind: string; fields: readonly FoldedField[] }> {
  const folds = new Map<string, { entityKind: string; fields: readonly FoldedField[] }>()
  for (const { type, folds: entityKind, data } of types.events.values()) {
    // A task's own events change it as people/task-turn.ts says, not field by field.
    if (entityKind === taskKind && types.events.get(type)?.builtIn === true) continue
    const entity = entityKind === null ? undefined : types.entities.get(entityKind)
    if (entityKind !== null && entity !== undefined)
      folds.set(type, { entityKind, fields: sharedFields(data, entity, '') })
  }
  return folds
}

/** Fields that both declare. Nested mappings are folded leaf by leaf, so that half of one does not erase the other half. */
function sharedFields(data: StructType, entity: StructType, prefix: string): readonly FoldedField[] {
  return [...data.fields].flatMap(([name, type]) => {
    const target = entity.fields.get(name)
    // The subject says which entity it is; an id in the data changes nothing.
    if (target === undefined || (prefix === '' && name === 'id')) return []
    const path = `${prefix}${name}`
    if (type.kind === 'struct' && target.kind === 'struct') return sharedFields(type, target, `${path}.`)
    return [{ path, type: target }]
  })
}
