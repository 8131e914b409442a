import type { DocumentKind, Reference } from '../../control-plane/documents/document-kind.ts'
import type { DocumentPath } from '../../control-plane/documents/document.ts'
import type { EchoesOf } from '../analysis/cycles/echoes.ts'
import { ruleProblemsAcross, ruleSetProblems } from '../analysis/analyse-rules.ts'
import { typeCatalogOf } from '../compile/document-types.ts'
import { peopleReferences } from '../people/people-references.ts'
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
  checkSet: (own, set) => ruleProblemsAcross(own, set),
}

/** The same, with what comes back of integrations: they are no business of this layer. */
export function ruleSetKindWith(echoesOf: EchoesOf): DocumentKind<RuleSetSpec> {
  return { ...ruleSetKind, checkSet: (own, set) => ruleProblemsAcross(own, set, echoesOf(set)) }
}

function ruleReferences(rule: RuleSpec, path: DocumentPath): readonly Reference[] {
  return [
    ...eventReferences(rule.on, [...path, 'on']),
    ...(rule.unless_followed_by === undefined
      ? []
      : eventReferences(rule.unless_followed_by.event, [...path, 'unless_followed_by', 'event'])),
    ...rule.then.flatMap((action, index) => {
      const at = [...path, 'then', index]
      const references = [...actionReferences(action, at), ...peopleReferences(action, at)]
      if (action.emit !== undefined)
        references.push(...eventReferences(action.emit.type, [...at, 'emit', 'type']))
      for (const verb of ['start', 'stop'] as const) {
        const name = action[verb]
        if (name === undefined) continue
        const fix = 'Add a Workflow of that name.'
        references.push({ space: 'workflow', name, path: [...at, verb], fix })
      }
      return references
    }),
  ]
}
