import type { Problem, TypedDocument } from '../../control-plane/documents/document-kind.ts'
import type { DocumentPath } from '../../control-plane/documents/document.ts'
import type { StepSpec, WorkflowSpec } from '../kinds/workflow-shape.ts'
import type { ConditionFacts } from '../conditions/facts/condition-facts.ts'
import { conditionFacts, implies, isDead } from '../conditions/facts/condition-facts.ts'
import { conditionProblems } from './condition-problems.ts'

/** Conditions of a workflow that are never or always true or too expensive, and branches that one before them takes everything from. */
export function workflowProblems({ spec }: TypedDocument<WorkflowSpec>): readonly Problem[] {
  return [
    ...conditionAt(spec.start?.when, ['start', 'when'], 'The start'),
    ...spec.steps.flatMap((step, index) => [
      ...conditionAt(step.wait_for?.where, ['steps', index, 'wait_for', 'where'], 'The wait'),
      ...branchProblems(step.choose ?? [], ['steps', index, 'choose']),
    ]),
  ]
}

function conditionAt(source: string | undefined, path: DocumentPath, subject: string): readonly Problem[] {
  const facts = source === undefined ? null : conditionFacts(source)
  return facts === null ? [] : conditionProblems(facts, path, subject)
}

function branchProblems(branches: NonNullable<StepSpec['choose']>, path: DocumentPath): readonly Problem[] {
  const problems: Problem[] = []
  const before: { readonly facts: ConditionFacts | null; readonly index: number }[] = []
  for (const [index, { when }] of branches.entries()) {
    const facts = when === undefined ? null : conditionFacts(when)
    if (when !== undefined && facts === null) continue
    const at = [...path, index, when === undefined ? 'else' : 'when']
    if (facts !== null) problems.push(...conditionProblems(facts, at, 'The branch'))
    const taker = before.find((earlier) => implies(facts, earlier.facts))
    if (taker !== undefined && !(facts !== null && isDead(facts))) {
      problems.push({
        code: 'NX-CONFIG-SHADOWED',
        message: `The branch is never taken: whenever it holds, branch ${taker.index + 1} of this step holds too and goes first`,
        fix: 'Put the narrower condition first.',
        path: at,
      })
    }
    before.push({ facts, index })
  }
  return problems
}
