import type { Problem } from '../../../control-plane/documents/document-kind.ts'
import { nearestName } from '../../../kernel/nearest-name.ts'
import { conditionFacts, implies } from '../../conditions/facts/condition-facts.ts'
import type { PlacedStep } from '../../kinds/workflow/each-step.ts'
import type { StopWhenSpec, WorkflowSpec } from '../../kinds/workflow/workflow-spec.ts'
import { allTargets } from '../../workflows/compile/idle-circle.ts'
import type { CompiledWorkflow } from '../../workflows/compiled-workflow.ts'

/** Steps that nothing leads to, waits without end, stops that get in the way of waits, maps that lead nowhere. */
export function flowProblems(
  spec: WorkflowSpec,
  placed: readonly PlacedStep[],
  workflow: CompiledWorkflow,
): readonly Problem[] {
  return [
    ...unreachable(placed, workflow),
    ...endless(spec, placed),
    ...placed.flatMap((place) => stopsAndWaits(spec.stop_when ?? [], place)),
    ...mapProblems(spec, placed),
  ]
}

function unreachable(placed: readonly PlacedStep[], { steps }: CompiledWorkflow): readonly Problem[] {
  const reached = new Set<number>()
  const pending = steps.length > 0 ? [0] : []
  for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
    const step = steps[index]
    if (step === undefined || reached.has(index)) continue
    reached.add(index)
    for (const target of allTargets(step)) if (typeof target === 'number') pending.push(target)
  }
  return placed.flatMap(({ step, path }, index) =>
    reached.has(index)
      ? []
      : [
          {
            code: 'NX-STEP-UNREACHABLE',
            message: `Nothing leads to step '${step.id}'`,
            fix: 'Go to it from another step, or remove it.',
            path: [...path, 'id'],
            severity: 'warning' as const,
          },
        ],
  )
}

/** A wait_for that may last for ever, in a workflow that nothing else ends. */
function endless(spec: WorkflowSpec, placed: readonly PlacedStep[]): readonly Problem[] {
  if (spec.budget?.age !== undefined || spec.stop_when !== undefined || spec.goal !== undefined) return []
  return placed.flatMap(({ step, path }) =>
    step.wait_for === undefined || step.up_to !== undefined
      ? []
      : [
          {
            code: 'NX-WAIT-ENDLESS',
            message: `If no ${step.wait_for.event} comes, '${step.id}' waits for ever`,
            fix: 'Say up_to and else, or end the workflow by stop_when, goal or budget.age.',
            path: [...path, 'wait_for'],
            severity: 'warning' as const,
          },
        ],
  )
}

/**
 * A wait and a stop that listen to one event: the wait goes first, so that is fine as long as the wait takes all that would stop. An
 * event that it does not take ends the workflow under it.
 */
function stopsAndWaits(stops: readonly StopWhenSpec[], { step, path }: PlacedStep): readonly Problem[] {
  const wait = step.wait_for
  if (wait === undefined || wait.where === undefined) return []
  const taken = conditionFacts(wait.where)
  return stops.flatMap(({ on, when, except = [] }, index) => {
    if (on !== wait.event || except.includes(step.id)) return []
    const stopping = when === undefined ? null : conditionFacts(when)
    // Conditions that facts cannot be told of may be meant.
    if (taken === null || (when !== undefined && stopping === null) || implies(stopping, taken)) return []
    return [
      {
        code: 'NX-WAIT-AND-STOP',
        message: `'${step.id}' waits for ${on}, and stop_when ${index + 1} ends the workflow by those that it does not take`,
        fix: `Say except: [${step.id}] there, or stop by the same condition.`,
        path: [...path, 'wait_for', 'event'],
        severity: 'warning' as const,
      },
    ]
  })
}

function mapProblems({ on_change: change }: WorkflowSpec, placed: readonly PlacedStep[]): readonly Problem[] {
  const map = change?.map
  if (map === undefined) return []
  const problems: Problem[] = []
  if (change?.structure !== 'migrate')
    problems.push({
      code: 'NX-CHANGE-MAP',
      message: 'The map is not used: instances stay on the structure that they were started with',
      fix: 'Write structure: migrate, or remove the map.',
      path: ['on_change', 'map'],
      key: true,
      severity: 'warning',
    })
  const ids = [...placed.map(({ step }) => step.id), 'end']
  for (const [from, to] of Object.entries(map)) {
    if (ids.includes(to)) continue
    const near = nearestName(to, ids)
    problems.push({
      code: 'NX-STEP-UNKNOWN',
      message: `There is no step '${to}'`,
      fix: near === null ? 'Name a step of this workflow, or end.' : `Did you mean '${near}'?`,
      path: ['on_change', 'map', from],
    })
  }
  return problems
}
