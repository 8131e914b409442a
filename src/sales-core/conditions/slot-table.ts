import type { FieldType } from '../types/field-type.ts'
import { Frame } from './cel/frame.ts'
import type { PathReader } from './cel/frame.ts'
import { SharedOps } from './cel/shared-ops.ts'
import { readerOf } from './values/read-value.ts'
import type { Reader } from './values/read-value.ts'
import { Failure, isRecord, kindOf } from './values/value.ts'
import type { Value, ValueRecord } from './values/value.ts'
import type { VariableTypes, VariableValues } from './variables.ts'

interface Slot {
  readonly path: string
  readonly name: string
  /** The slot of the value that this one is a member of; -1: it is a variable. */
  readonly parent: number
  readonly type: FieldType
  /** Is what it is a member of a record, unless it is absent or failed? */
  readonly isInRecord: boolean
  /** What `typeof` says of a value that needs no reading: it is as declared; else no word. */
  readonly plain: string
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
  /** By the slot of the value that they are members of, after those of variables. */
  readonly #members: Array<Map<string, unknown> | undefined> = []
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
    const around = this.#slots[parent]?.type.kind
    const isInRecord = around === 'struct' || around === 'map'
    this.#slots.push({
      path,
      name,
      parent,
      type,
      isInRecord,
      plain: plainKind(type),
      read: readerOf(type, path),
    })
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

  /** As `shared`, for the member of a name of the value in slot `parent`; -1: for the variable of that name. */
  sharedMember<T>(parent: number, name: string, make: () => T): T {
    const kept = (this.#members[parent + 1] ??= new Map<string, unknown>())
    const known = kept.get(name)
    if (known !== undefined) return known as T
    const made = make()
    kept.set(name, made)
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
    let within: VariableValues = frame.values
    if (slot.parent >= 0) {
      const known = frame.slots[slot.parent]
      const base = known === undefined ? frame.fill(slot.parent) : known
      if (base === null || base instanceof Failure) return base
      if (!slot.isInRecord && !isRecord(base))
        return new Failure(`A ${kindOf(base)} has no field ${slot.name}`)
      within = base as ValueRecord
    }
    const raw = Object.hasOwn(within, slot.name) ? within[slot.name] : undefined
    return typeof raw === slot.plain ? (raw as Value) : slot.read(raw)
  }
}

/** The values of most fields: text, numbers and bools are read as they lie there. */
function plainKind({ kind }: FieldType): string {
  if (kind === 'string') return 'string'
  if (kind === 'bool') return 'boolean'
  return kind === 'number' || kind === 'int' ? 'number' : ''
}
