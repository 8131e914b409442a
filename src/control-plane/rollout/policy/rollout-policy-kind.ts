import type { DocumentKind, DocumentSet, Problem, TypedDocument } from '../../documents/document-kind.ts'
import { policyProblems } from './policy-problems.ts'
import type { RolloutPolicySpec } from './rollout-policy-spec.ts'
import { rolloutPolicySchema } from './rollout-policy-spec.ts'

/**
 * How changes of a scope reach traffic: the ramp, what must be proven on the way, what rolls back. One document per scope; the
 * lowest scope's applies. Without one the defaults do.
 */
export const rolloutPolicyKind: DocumentKind<RolloutPolicySpec> = {
  kind: 'RolloutPolicy',
  summary: 'how changes reach traffic: the ramp, what must be proven, what rolls back',
  schema: rolloutPolicySchema,
  fieldHelp: {
    ramp: 'How the share on the candidate grows.',
    gate: 'What a step needs before the next one begins.',
    'gate.onInsufficientData':
      'What happens when a step lasted maxStepDuration without evidence. Default: hold.',
    successCriteria: 'What the candidate has to keep to.',
    caps: 'What candidate units may cause at most.',
    bake: 'How it is watched before and after 100 %.',
    alpha: 'The chance of rolling back a healthy candidate, all tests together.',
    approval: 'Which changes a person has to approve.',
    'windows[].from': 'When the window opens, such as 09:00.',
    'windows[].to': 'When it closes, such as 17:00.',
    health: 'What else has to be well while a rollout goes on.',
  },
  check: (typed, set) => [...placeProblems(typed, set), ...policyProblems(typed.spec)],
}

/** The level of a document that was read from a directory; null for one that was stored. */
function levelOf({ document }: TypedDocument): string | null {
  return 'scope' in document ? (document.scope as { level: string }).level : null
}

function placeProblems(typed: TypedDocument<RolloutPolicySpec>, set: DocumentSet): readonly Problem[] {
  const level = levelOf(typed)
  const problems: Problem[] = []
  if (typed.spec.rings !== undefined && typed.spec.rings.length > 0 && level !== null && level !== 'global') {
    problems.push({
      code: 'NX-ROLLOUT-RINGS-SCOPE',
      message: 'Rings are for changes of the global scope: this scope has one tenant',
      fix: 'Remove rings, or move the policy to global/.',
      path: ['rings'],
      key: true,
    })
  }
  const first = set.ofKind(rolloutPolicyKind).find((other) => levelOf(other) === level)
  if (first !== undefined && first.document.name !== typed.document.name) {
    const message = `There is another RolloutPolicy in this scope: '${first.document.name}'`
    problems.push({ code: 'NX-ROLLOUT-POLICY-TWICE', message, fix: 'Put both into one.', path: ['name'] })
  }
  return problems
}
