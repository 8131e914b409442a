import type { DocumentSet } from '../../../control-plane/documents/document-kind.ts'
import type { SalesConfig } from '../../compile/sales-config.ts'
import { clausesOf } from '../../conditions/explain-condition.ts'
import type { ClauseTree } from '../../conditions/explain-condition.ts'
import { leadScoreShape } from '../../kinds/lead-score-shape.ts'
import { ruleSetShape } from '../../kinds/rule-set-shape.ts'
import { workflowShape } from '../../kinds/workflow-shape.ts'
import type { CompiledScore } from '../../scoring/compiled-score.ts'
import type { CompiledStep } from '../../workflows/compiled-workflow.ts'
import { partPlaces } from '../part-places.ts'
import type { PartPlace } from '../part-places.ts'
import { partsOf } from '../watch-config.ts'
import type { ConditionPart } from '../watch-config.ts'
import { coverageKey } from './coverage-item.ts'
import type { CoverageItem, CoverageOutcome, CoverageSort } from './coverage-item.ts'

/** Everything that tests of a set can make its rules, scores and workflows do, by key. */
export function coverageItems(
  documents: DocumentSet,
  config: SalesConfig,
): ReadonlyMap<string, CoverageItem> {
  const items = new ItemList(partPlaces(documents))
  for (const { spec } of documents.ofKind(ruleSetShape)) {
    for (const { id } of spec.rules) {
      const rule = config.rule(`${spec.name}/${id}`)
      if (rule === null) continue
      items.add('rule', rule.cause, 'fired')
      if (rule.when !== null) items.add('rule', rule.cause, 'not fired')
      items.addClauses(partsOf({ rule }))
    }
  }
  for (const { spec } of documents.ofKind(leadScoreShape)) {
    const score = config.scoresFor(spec.writes.split('.')[0] ?? '').find(({ name }) => name === spec.name)
    if (score !== undefined) addScore(score, items)
  }
  for (const { spec } of documents.ofKind(workflowShape)) {
    const workflow = config.workflow(spec.name)
    if (workflow === null) continue
    items.addClauses(partsOf({ workflow }))
    for (const step of workflow.steps) {
      const cause = `Workflow/${workflow.name}#${step.id}`
      items.add('step', cause, 'ran')
      for (const outcome of waitOutcomes(step)) items.add('step', cause, outcome)
      if (step.verb !== 'split') continue
      for (const { name, weight } of step.arms) if (weight > 0) items.add('step', cause, 'ran', [name])
    }
  }
  return items.byKey
}

/** How a step that waits may go on. */
function waitOutcomes(step: CompiledStep): readonly CoverageOutcome[] {
  switch (step.verb) {
    case 'wait_for':
      return step.upTo === null ? ['came'] : ['came', 'timed out']
    case 'command':
    case 'task':
    case 'start':
      if (!step.awaits) return []
      return step.upTo === null ? ['came'] : ['came', 'timed out']
    default:
      return []
  }
}

function addScore(score: CompiledScore, items: ItemList): void {
  items.addClauses(partsOf({ score }))
  for (const factor of score.factors) {
    const cause = `LeadScore/${score.name}#${factor.id}`
    if (factor.kind !== 'value') items.add('factor', cause, 'counted')
    else for (const { from } of factor.steps) items.add('factor', cause, 'counted', ['bands', String(from)])
  }
}

class ItemList {
  readonly byKey = new Map<string, CoverageItem>()
  readonly #places: ReadonlyMap<string, PartPlace>

  constructor(places: ReadonlyMap<string, PartPlace>) {
    this.#places = places
  }

  add(
    sort: CoverageSort,
    cause: string,
    outcome: CoverageOutcome,
    within: readonly (string | number)[] = [],
  ): void {
    const place = this.#places.get(cause)
    if (place === undefined) return
    const own = cause.slice(cause.indexOf('#') + 1)
    const label =
      within.length === 0 ? own : sort === 'step' ? `${own} ${within.at(-1)}` : `from ${within.at(-1)}`
    const path = [...place.path, ...within]
    this.byKey.set(coverageKey(cause, outcome, within), {
      sort,
      cause,
      document: place.document,
      path,
      offset: null,
      label,
      outcome,
    })
  }

  addClauses(parts: readonly ConditionPart[]): void {
    for (const { cause, path, condition } of parts) {
      const place = this.#places.get(cause)
      if (place === undefined) continue
      for (const { text, offset } of clauseList(clausesOf(condition))) {
        for (const outcome of ['true', 'false'] as const) {
          this.byKey.set(coverageKey(cause, outcome, [...path, text], offset), {
            sort: 'clause',
            cause,
            document: place.document,
            path: [...place.path, ...path],
            offset,
            label: text,
            outcome,
          })
        }
      }
    }
  }
}

/** A tree's clauses, joined ones included, operands left out. */
export function clauseList(tree: ClauseTree): readonly ClauseTree[] {
  if (tree.kind === 'operand') return []
  return [tree, ...tree.children.flatMap(clauseList)]
}
