import type { Problem } from '../../control-plane/documents/document-kind.ts'
import type { DocumentPath } from '../../control-plane/documents/document.ts'
import { fuelMax } from '../conditions/cel/frame.ts'
import { assumedItems } from '../conditions/facts/condition-cost.ts'
import type { ConditionFacts } from '../conditions/facts/condition-facts.ts'
import { isAlwaysTrue, isDead } from '../conditions/facts/condition-facts.ts'

/** What is wrong with a condition whatever the data is: never true, always true, or too expensive. */
export function conditionProblems(
  facts: ConditionFacts,
  path: DocumentPath,
  /** What never happens or always does: `The rule`. */
  subject: string,
): readonly Problem[] {
  return [...verdictProblems(facts, path, subject), ...costProblems(facts, path)]
}

function verdictProblems(facts: ConditionFacts, path: DocumentPath, subject: string): readonly Problem[] {
  if (isDead(facts)) return [deadProblem(facts, path, subject)]
  if (!isAlwaysTrue(facts)) return []
  return [
    {
      code: 'NX-CONFIG-ALWAYS-TRUE',
      severity: 'warning',
      message: 'The condition is true whatever the data is',
      fix: 'Leave it out, or correct it.',
      path,
    },
  ]
}

function deadProblem({ clashes }: ConditionFacts, path: DocumentPath, subject: string): Problem {
  const [clash] = clashes
  const code = 'NX-CONFIG-DEAD-CONDITION'
  if (clash === undefined) {
    const message = `${subject} never applies: its condition is false whatever the data is`
    return { code, message, fix: 'Remove it, or correct the condition.', path, severity: 'warning' }
  }
  const [first, second] = [clash.first, clash.second].sort((a, b) => a.offset - b.offset)
  return {
    code,
    message: `${subject} never applies: \`${first?.text}\` and \`${second?.text}\` cannot both hold`,
    fix: 'Correct one of the two, or write || between them.',
    path,
    offset: second?.offset ?? 0,
  }
}

function costProblems({ cost }: ConditionFacts, path: DocumentPath): readonly Problem[] {
  if (cost <= fuelMax) return []
  const shown = (number: number): string => number.toLocaleString('en-US')
  return [
    {
      code: 'NX-CONFIG-COST',
      message: `The condition may take ${shown(cost)} steps with lists of ${assumedItems} elements; ${shown(fuelMax)} are allowed`,
      fix: 'Take all, exists, map and filter out of each other, or make the inner condition shorter.',
      path,
    },
  ]
}
