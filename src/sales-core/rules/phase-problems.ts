import type { DocumentPath } from '../../control-plane/documents/document.ts'
import type { ProblemLog } from '../compile/problem-log.ts'
import type { ActionSpec, RuleSpec } from '../kinds/rule-set-spec.ts'
import { guardVerbs } from '../kinds/rule-set-spec.ts'

const memoryFields = ['once', 'throttle', 'unless_followed_by'] as const

/** Reports what does not belong into a rule's phase: a guard only judges its event, and only a guard may drop one. */
export function phaseProblems(
  log: ProblemLog,
  phase: 'guard' | 'decide',
  rule: RuleSpec,
  path: DocumentPath,
): void {
  for (const [index, action] of rule.then.entries()) {
    const isGuards = guardVerbs.some((verb) => action[verb] !== undefined)
    if (isGuards === (phase === 'guard')) continue
    log.add({
      code: 'NX-RULE-PHASE',
      message: isGuards
        ? `Only a guard may ${verbOf(action)}: this set is none`
        : `A guard cannot ${verbOf(action)}: it says whether the event may go on`,
      fix: isGuards
        ? 'Put the rule into a RuleSet with `phase: guard`.'
        : `A guard has ${guardVerbs.join(' and ')}; put the rest into a RuleSet without \`phase: guard\`.`,
      path: [...path, 'then', index, verbOf(action)],
      key: true,
    })
  }
  if (phase !== 'guard') return
  for (const field of memoryFields) {
    if (rule[field] === undefined) continue
    log.add({
      code: 'NX-RULE-PHASE',
      message: `A guard has no ${field}: it judges every event`,
      fix: 'Remove it.',
      path: [...path, field],
      key: true,
    })
  }
}

function verbOf(action: ActionSpec): string {
  return Object.keys(action)[0] ?? 'do this'
}
