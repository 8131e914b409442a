import type { Condition, ConditionResult, VariableTypes, VariableValues } from './condition-compiler.ts'
import type { Slots } from './slot-table.ts'
import { SlotTable } from './slot-table.ts'

/**
 * The values of one event for many conditions: each path is read once, for all conditions over the same variables, which
 * together have the steps of one event. The values must not change.
 */
export class Readings {
  readonly values: VariableValues
  #variables: VariableTypes | null = null
  #slots: Slots | null = null
  #others: Map<VariableTypes, Slots> | null = null

  constructor(values: VariableValues) {
    this.values = values
  }

  /** What a condition yields. */
  test(condition: Condition): ConditionResult {
    return condition.test(this.#slotsOf(condition.variables))
  }

  // Nearly always the conditions on an event are all checked against the same variables.
  #slotsOf(variables: VariableTypes): Slots {
    if (this.#slots !== null && variables === this.#variables) return this.#slots
    if (this.#slots !== null && this.#variables !== null)
      this.#others = (this.#others ?? new Map<VariableTypes, Slots>()).set(this.#variables, this.#slots)
    this.#variables = variables
    this.#slots = this.#others?.get(variables) ?? SlotTable.of(variables).slots(this.values)
    return this.#slots
  }
}
