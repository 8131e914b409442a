import type { DocumentPath } from '../../../control-plane/documents/document.ts'
import { nearestName } from '../../../kernel/nearest-name.ts'
import type { ProblemLog } from '../../compile/problem-log.ts'
import type { StepTarget } from '../compiled-workflow.ts'
import type { CompilingStep, PlacedSteps } from './place-steps.ts'

/** Finds the step that a name leads to from a step. A name that leads nowhere is a problem, and ends the workflow. */
export class StepTargets {
  readonly #placed: PlacedSteps
  readonly #log: ProblemLog

  constructor(placed: PlacedSteps, log: ProblemLog) {
    this.#placed = placed
    this.#log = log
  }

  /** Where `then` or `go` leads; without them to what follows. */
  next(step: CompilingStep): StepTarget {
    const { then, go } = step.spec
    if (then !== undefined) return this.named(then, step, [...step.path, 'then'])
    return go === undefined ? step.following : this.named(go, step, [...step.path, 'go'])
  }

  /** Where `else` leads; without it to what follows. */
  late(step: CompilingStep): StepTarget {
    return this.lateOrNull(step) ?? step.following
  }

  lateOrNull(step: CompilingStep): StepTarget | null {
    const name = step.spec.else
    return name === undefined ? null : this.named(name, step, [...step.path, 'else'])
  }

  named(name: string, from: CompilingStep, path: DocumentPath): StepTarget {
    if (name === 'end') return 'end'
    if (name === 'join' && from.frame !== null) return 'join'
    const index = this.#placed.indexOf.get(name)
    if (index === undefined) {
      this.#unknown(name, from, path)
      return 'end'
    }
    const there = this.#placed.steps[index]
    if (there === undefined || there.frame === from.frame) return index
    const where = there.frame === null ? 'outside' : `in ${there.frame}`
    this.#log.add({
      code: 'NX-STEP-FRAME',
      message: `Step '${name}' is ${where}: a branch and a saga are only left by coming to their end`,
      fix:
        from.frame === null
          ? 'Go to the step that encloses it.'
          : 'Go to a step beside this one, to join, or to end.',
      path,
    })
    return 'end'
  }

  /** Is there a step of that id? If not, that is a problem of what stands at `path`. */
  exists(name: string, path: DocumentPath): boolean {
    if (this.#placed.indexOf.has(name)) return true
    this.#unknown(name, null, path)
    return false
  }

  #unknown(name: string, from: CompilingStep | null, path: DocumentPath): void {
    const beside = this.#placed.steps.flatMap(({ spec, frame }) =>
      from === null || frame === from.frame ? [spec.id] : [],
    )
    const near = nearestName(name, from === null ? beside : [...beside, 'end'])
    this.#log.add({
      code: 'NX-STEP-UNKNOWN',
      message: `There is no step '${name}'`,
      fix: near === null ? 'Name a step of this workflow, or end.' : `Did you mean '${near}'?`,
      path,
    })
  }
}
