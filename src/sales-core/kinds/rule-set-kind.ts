import type { DocumentKind, Reference } from '../../control-plane/documents/document-kind.ts'
import type { DocumentPath } from '../../control-plane/documents/document.ts'
import { ruleProblemsAcross, ruleSetProblems } from '../analysis/analyse-rules.ts'
import { typeCatalogOf } from '../compile/document-types.ts'
import { compileRuleSet } from '../rules/compile-rule-set.ts'
import { actionReferences, eventReferences } from './references.ts'
import { ruleSetShape } from './rule-set-shape.ts'
import type { RuleSetSpec, RuleSpec } from './rule-set-spec.ts'
import { ruleSetFieldHelp } from './field-help/rule-set-field-help.ts'

/** Declares rules: when an event comes and a condition holds, set fields, send, call, emit or start. */
export const ruleSetKind: DocumentKind<RuleSetSpec> = {
  ...ruleSetShape,
  fieldHelp: ruleSetFieldHelp,
  provides: ({ spec }) => [{ space: 'document', name: spec.name }],
  requires: ({ spec }) => spec.rules.flatMap((rule, index) => ruleReferences(rule, ['rules', index])),
  check: (typed, set) => [
    ...compileRuleSet(typed, typeCatalogOf(set), null).problems,
    ...ruleSetProblems(typed),
  ],
  checkSet: ruleProblemsAcross,
}

function ruleReferences(rule: RuleSpec, path: DocumentPath): readonly Reference[] {
  return [
    ...eventReferences(rule.on, [...path, 'on']),
    ...rule.then.flatMap((action, index) => {
      const at = [...path, 'then', index]
      const references = [...actionReferences(action, at)]
      if (action.emit !== undefined)
        references.push(...eventReferences(action.emit.type, [...at, 'emit', 'type']))
      if (action.start !== undefined) {
        references.push({
          space: 'workflow',
          name: action.start,
          path: [...at, 'start'],
          fix: 'Add a Workflow of that name.',
        })
      }
      return references
    }),
  ]
}
