import type { DocumentSet } from '../../control-plane/documents/document-kind.ts'
import type { IntegrationCatalog } from '../decide/sales-config.ts'
import { leadScoreShape } from '../kinds/lead-score-shape.ts'
import { ruleSetShape } from '../kinds/rule-set-shape.ts'
import { workflowShape } from '../kinds/workflow-shape.ts'
import { compileRuleSet } from '../rules/compile-rule-set.ts'
import type { CompiledRule } from '../rules/compiled-rule.ts'
import { byRank } from '../rules/compiled-rule.ts'
import { compileLeadScore } from '../scoring/compile-lead-score.ts'
import { checkValue } from '../types/check-value.ts'
import type { StructType } from '../types/field-type.ts'
import { compileWorkflow } from '../workflows/compile-workflow.ts'
import type { CompiledWorkflow } from '../workflows/compiled-workflow.ts'
import { typeCatalogOf } from './document-types.ts'
import { compileFlags } from './flag-values.ts'
import type { FoldedField, SalesConfig } from './sales-config.ts'
import type { TypeCatalog } from './type-catalog.ts'

/**
 * Compiles the documents that one (tenant, workspace) sees. The documents were validated when they were applied; a part that does
 * not compile any more fails when it is used, never the whole.
 */
export function compileSalesConfig(
  documents: DocumentSet,
  digest: string,
  catalog: IntegrationCatalog,
  tenantSlug: string,
): SalesConfig {
  const types = typeCatalogOf(documents)
  const rules = documents.ofKind(ruleSetShape).flatMap((typed) => compileRuleSet(typed, types, catalog).rules)
  const scores = documents.ofKind(leadScoreShape).map((typed) => compileLeadScore(typed, types).score)
  const workflows = documents
    .ofKind(workflowShape)
    .map((typed) => compileWorkflow(typed, types, catalog).workflow)

  const rulesByType = Map.groupBy(rules.toSorted(byRank), ({ on }) => on)
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
    ...startsByType.keys(),
    ...scoredEvents(scores),
    ...waitedEvents(workflows),
  ])
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
    rulesFor: (type) => rulesByType.get(type) ?? none.rules,
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
    listensTo: (type) => listened.has(type),
  }
}

function scoredEvents(
  scores: readonly { factors: readonly { kind: string; on?: string }[] }[],
): readonly string[] {
  return scores.flatMap(({ factors }) => factors.flatMap(({ on }) => on ?? []))
}

function waitedEvents(workflows: readonly CompiledWorkflow[]): readonly string[] {
  return workflows.flatMap(({ steps }) =>
    steps.flatMap((step) => (step.verb === 'wait_for' ? step.event : [])),
  )
}

function foldsByType(
  types: TypeCatalog,
): ReadonlyMap<string, { entityKind: string; fields: readonly FoldedField[] }> {
  const folds = new Map<string, { entityKind: string; fields: readonly FoldedField[] }>()
  for (const { type, folds: entityKind, data } of types.events.values()) {
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
