import type { DocumentPath } from '../../../control-plane/documents/document.ts'
import type { StepSpec } from './workflow-spec.ts'

/** Steps inside a step: an arm of a split, a branch of a parallel, the calls of a saga. */
export interface StepList {
  readonly kind: 'arm' | 'branch' | 'saga'
  readonly name: string
  readonly steps: readonly StepSpec[]
  /** Below the step. */
  readonly path: DocumentPath
}

/** A step, and where it stands in its document. */
export interface PlacedStep {
  readonly step: StepSpec
  readonly path: DocumentPath
}

/** The steps of each arm of a split; an arm that does nothing need not be written. */
export function armsOf(step: StepSpec): readonly StepList[] {
  return Object.keys(step.split ?? {}).map((name) => {
    const written = Object.hasOwn(step, name) ? (step as unknown as Record<string, unknown>)[name] : undefined
    return {
      kind: 'arm',
      name,
      steps: Array.isArray(written) ? (written as readonly StepSpec[]) : [],
      path: [name],
    }
  })
}

/** The lists of steps inside a step, in the order in which they are written. */
export function listsIn(step: StepSpec): readonly StepList[] {
  if (step.split !== undefined) return armsOf(step)
  if (step.saga !== undefined) return [{ kind: 'saga', name: step.id, steps: step.saga, path: ['saga'] }]
  return Object.entries(step.parallel ?? {}).map(([name, steps]) => ({
    kind: 'branch',
    name,
    steps,
    path: ['parallel', name],
  }))
}

/** All steps, each before those inside it. */
export function eachStep(steps: readonly StepSpec[], path: DocumentPath = ['steps']): readonly PlacedStep[] {
  return steps.flatMap((step, index) => {
    const at = [...path, index]
    const inner = listsIn(step).flatMap((list) => eachStep(list.steps, [...at, ...list.path]))
    return [{ step, path: at }, ...inner]
  })
}
