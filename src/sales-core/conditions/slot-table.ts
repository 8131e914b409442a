import type { FieldType } from '../types/field-type.ts'
import { Frame } from './cel/frame.ts'
import type { PathReader } from './cel/frame.ts'
import { SharedOps } from './cel/shared-ops.ts'
import { readerOf } from './values/read-value.ts'
import type { Reader } from './values/read-value.ts'
import { Failure, isRecord, kindOf } from './values/value.ts'
import type { Value } from './values/value.ts'
import type { VariableTypes, VariableValues } from './variables.ts'

interface Slot {
  readonly path: string
  readonly name: string
  /** The slot of the value that this one is a member of; -1: it is a variable. */
  readonly parent: number
  readonly type: FieldType
  readonly read: Reader
}

/** The values of one event for any number of conditions, read once: see `SlotTable.read`. */
export type Slots = Frame

const tables = new WeakMap<VariableTypes, SlotTable>()

/** The paths that conditions over the same variables read, each with a number of its own. */
export class SlotTable implements PathReader {
  readonly ops = new SharedOps()
  readonly #slots: Slot[] = []
  readonly #numbers = new Map<string, number>()
  readonly #shared = new Map<string, unknown>()
  readonly #texts = new Map<string, string>()

  /** The table of all conditions that were, and will be, compiled against these variables. */
  static of(variables: VariableTypes): SlotTable {
    const known = tables.get(variables)
    if (known !== undefined) return known
    const table = new SlotTable()
    tables.set(variables, table)
    return table
  }

  get size(): number {
    return this.#slots.length
  }

  /**
   * An event's values, to hand to `condition.test` of every condition over these variables. Nothing is read before a condition
   * asks for it, and then once; so the values must not change meanwhile. `eventFuel`: steps for all the conditions together.
   */
  slots(values: VariableValues, eventFuel?: number): Slots {
    return new Frame(this, values, eventFuel)
  }

  /** The number of a path: a variable, or a member of the value in slot `parent`. */
  slotOf(path: string, name: string, parent: number, type: FieldType): number {
    const known = this.#numbers.get(path)
    if (known !== undefined) return known
    const slot = this.#slots.length
    this.#slots.push({ path, name, parent, type, read: readerOf(type, path) })
    this.#numbers.set(path, slot)
    return slot
  }

  /** One object for all conditions that need an equal one: ten thousand rules hold few different sets of paths. */
  shared<T>(key: string, make: () => T): T {
    const known = this.#shared.get(key)
    if (known !== undefined) return known as T
    const made = make()
    this.#shared.set(key, made)
    return made
  }

  /** The same text, as one string for all conditions: they name the same stages, countries and tags over and over. */
  text(text: string): string {
    const known = this.#texts.get(text)
    if (known !== undefined) return known
    // The name of a property is a text of which there is one only: two of them are compared without looking at what they say.
    const named = Object.create(null) as Record<string, null>
    named[text] = null
    const [only = text] = Object.keys(named)
    this.#texts.set(only, only)
    return only
  }

  read(frame: Frame, number: number): Value {
    const slot = this.#slots[number]
    if (slot === undefined) return null
    if (slot.parent < 0)
      return slot.read(Object.hasOwn(frame.values, slot.name) ? frame.values[slot.name] : undefined)
    const known = frame.slots[slot.parent]
    const base = known === undefined ? frame.fill(slot.parent) : known
    if (base === null || base instanceof Failure) return base
    if (!isRecord(base)) return new Failure(`A ${kindOf(base)} has no field ${slot.name}`)
    return slot.read(Object.hasOwn(base, slot.name) ? base[slot.name] : undefined)
  }
}
