import type { Problem, TypedDocument } from '../../control-plane/documents/document-kind.ts'
import type { DocumentPath } from '../../control-plane/documents/document.ts'
import { eachStep } from '../kinds/workflow/each-step.ts'
import type { PlacedStep } from '../kinds/workflow/each-step.ts'
import type { BranchSpec, WorkflowSpec } from '../kinds/workflow/workflow-spec.ts'
import type { ConditionFacts } from '../conditions/facts/condition-facts.ts'
import { conditionFacts, implies, isDead } from '../conditions/facts/condition-facts.ts'
import type { CompiledWorkflow } from '../workflows/compiled-workflow.ts'
import { conditionProblems } from './condition-problems.ts'
import { flowProblems } from './workflows/flow-problems.ts'
import { stepHabits } from './workflows/step-habits.ts'

/**
 * What compiling does not see: conditions that are never or always true or too expensive, branches that one before them takes
 * everything from, steps that nothing leads to, waits without end, and other things that are allowed and seldom meant.
 */
export function workflowProblems(
  { spec }: TypedDocument<WorkflowSpec>,
  workflow: CompiledWorkflow,
): readonly Problem[] {
  const placed = eachStep(spec.steps)
  return [
    ...conditionAt(spec.start?.when, ['start', 'when'], 'The start'),
    ...(spec.stop_when ?? []).flatMap(({ when }, index) =>
      conditionAt(when, ['stop_when', index, 'when'], 'The stop'),
    ),
    ...conditionAt(spec.goal, ['goal'], 'The goal'),
    ...placed.flatMap(stepConditions),
    ...flowProblems(spec, placed, workflow),
    ...stepHabits(placed),
  ]
}

function stepConditions({ step, path }: PlacedStep): readonly Problem[] {
  return [
    ...conditionAt(step.wait_for?.where, [...path, 'wait_for', 'where'], 'The wait'),
    ...branchProblems(step.choose ?? [], [...path, 'choose']),
  ]
}

function conditionAt(source: string | undefined, path: DocumentPath, subject: string): readonly Problem[] {
  const facts = source === undefined ? null : conditionFacts(source)
  return facts === null ? [] : conditionProblems(facts, path, subject)
}

function branchProblems(branches: readonly BranchSpec[], path: DocumentPath): readonly Problem[] {
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
