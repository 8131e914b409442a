import type {
  DocumentSet,
  Problem,
  SetProblem,
  TypedDocument,
} from '../../control-plane/documents/document-kind.ts'
import { typeCatalogOf } from '../compile/document-types.ts'
import { leadScoreShape } from '../kinds/lead-score-shape.ts'
import { ruleSetShape } from '../kinds/rule-set-shape.ts'
import type { RuleSetSpec } from '../kinds/rule-set-spec.ts'
import { conditionProblems } from './condition-problems.ts'
import { noEchoes, withEchoes } from './cycles/echoes.ts'
import type { EchoCatalog } from './cycles/echoes.ts'
import { eventCycles } from './cycles/event-cycles.ts'
import { scoreFactsOf } from './cycles/score-facts.ts'
import type { RuleFacts } from './rules/rule-facts.ts'
import { ruleFactsOf } from './rules/rule-facts.ts'
import { shadowedRules } from './rules/shadowed-rules.ts'
import { writeConflicts } from './rules/write-conflicts.ts'

/** What can be said of one set alone: conditions that are never or always true, or too expensive; rules that never get their turn. */
export function ruleSetProblems(typed: TypedDocument<RuleSetSpec>): readonly Problem[] {
  const rules = ruleFactsOf(typed)
  return [
    ...rules.flatMap(({ when, index }) =>
      when === null || when === 'unknown'
        ? []
        : conditionProblems(when, ['rules', index, 'when'], 'The rule'),
    ),
    ...shadowedRules(rules).map(({ problem }) => problem),
  ]
}

/**
 * What shows only across the sets that a scope sees: two rules that set one field, events that set themselves off, by way of the
 * integrations too (`echoes`).
 */
export function ruleProblemsAcross(
  own: readonly TypedDocument<RuleSetSpec>[],
  set: DocumentSet,
  echoes: EchoCatalog = noEchoes,
): readonly SetProblem[] {
  const ownDocuments = new Set(own.map(({ document }) => document))
  const isOwn = ({ document }: RuleFacts): boolean => ownDocuments.has(document)
  const rules = set.ofKind(ruleSetShape).flatMap(ruleFactsOf)
  const scores = set.ofKind(leadScoreShape).map(scoreFactsOf)
  const { merges } = typeCatalogOf(set)
  const withResults = rules.map((facts) => withEchoes(facts, echoes))
  return [...writeConflicts(rules, isOwn, merges), ...eventCycles(withResults, scores, isOwn)]
}
