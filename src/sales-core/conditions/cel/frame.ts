import type { VariableValues } from '../condition-compiler.ts'
import { EvaluationFailure } from './value.ts'

/** The work one evaluation may do, in steps; a step is about 50 ns. */
export const fuelMax = 100_000

/** One evaluation under way: the variables, the elements that macros are at, and the work it may still do. */
export class Frame {
  readonly values: VariableValues
  readonly locals: unknown[] = []
  readonly #fuelMax: number
  #fuel: number

  constructor(values: VariableValues, fuel = fuelMax) {
    this.values = values
    this.#fuelMax = fuel
    this.#fuel = fuel
  }

  /** Pays for work ahead of doing it, so that no condition can hold up the process. */
  spend(steps: number): void {
    this.#fuel -= steps
    if (this.#fuel < 0) {
      throw new EvaluationFailure(
        'NX-CONDITION-FUEL',
        `The condition needs more than ${this.#fuelMax} steps with this event`,
      )
    }
  }
}
