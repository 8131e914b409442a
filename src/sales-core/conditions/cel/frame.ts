import type { VariableValues } from '../variables.ts'
import { Failure } from '../values/value.ts'
import type { Value } from '../values/value.ts'

/** The work one condition may do, in steps; a step is about 50 ns. */
export const fuelMax = 100_000

/** The work that all conditions of one event may do together, in steps: well below 50 ms. */
export const eventFuelMax = 400_000

/** What one condition may make of text and lists, in characters; an element of a list counts as eight. */
export const sizeMax = 1_000_000

/** How many time zones an event's conditions may ask about before a further one costs more. */
const zonesFree = 8

/** Stops an evaluation from within. Not to be caught by `&&`, `||` or loops, as failures are. */
export class OutOfBudget extends Error {
  readonly failure: Failure
  constructor(failure: Failure) {
    super(failure.message)
    this.failure = failure
  }
}

/** Reads the n-th path from the values of an event. */
export interface PathReader {
  readonly size: number
  read(frame: Frame, slot: number): Value
}

/** Slots of which none is read, by their number: copying them is quicker than filling new ones. */
const unread: Array<undefined[] | undefined> = []

/**
 * The values of one event, each path read at most once, for any number of conditions one after another; and the budget of the
 * one that runs. The values must not change while it is in use.
 */
export class Frame {
  readonly values: VariableValues
  /** What was read; undefined: not yet. */
  readonly slots: Array<Value | undefined>
  /** The elements that loops are at. */
  readonly locals: Value[] = []
  readonly #reader: PathReader
  #fuelGiven = fuelMax
  #fuel = fuelMax
  #granted = fuelMax
  #eventFuel: number
  #size = sizeMax
  #zones: Set<string> | null = null

  constructor(reader: PathReader, values: VariableValues, eventFuel = eventFuelMax) {
    this.#reader = reader
    this.values = values
    this.slots = (unread[reader.size] ??= Array.from({ length: reader.size }, () => undefined)).slice()
    this.#eventFuel = eventFuel
  }

  /** Steps that the last condition took. */
  get used(): number {
    return this.#granted - this.#fuel
  }

  /** Readies it for a condition that may take `fuel` steps and takes `base` whatever the data is. Null, or why it may not run. */
  begin(fuel: number, base: number): Failure | null {
    this.#fuelGiven = fuel
    this.#granted = fuel < this.#eventFuel ? fuel : this.#eventFuel
    this.#fuel = this.#granted - base
    this.#size = sizeMax
    if (this.#fuel >= 0) return null
    this.#fuel = 0
    return this.#tooMuch()
  }

  /** Takes what the condition used from the event's budget. */
  end(): void {
    this.#eventFuel -= this.#granted - this.#fuel
  }

  /** Pays for work ahead of doing it, so that no condition can hold up the process. */
  spend(steps: number): void {
    this.#fuel -= steps
    if (this.#fuel >= 0) return
    // What does not fit is not done: it costs what was left.
    this.#fuel = 0
    throw new OutOfBudget(this.#tooMuch())
  }

  /** As `spend`, for steps that may take four times as long: the event's budget pays twice. */
  spendHeavy(steps: number): void {
    this.spend(steps)
    this.#eventFuel -= steps
  }

  /** Pays for local time: a look-up, or, once an event's data names many zones, the tables of one that it did not name before. */
  spendZone(zone: string): void {
    this.#zones ??= new Set()
    const isDear = this.#zones.size >= zonesFree && !this.#zones.has(zone)
    this.spend(isDear ? 4_000 : 50)
    this.#zones.add(zone)
  }

  /** Pays for text or a list ahead of making it. */
  grow(characters: number): void {
    this.#size -= characters
    if (this.#size < 0) {
      const message = `The condition makes more than ${sizeMax} characters with this event`
      throw new OutOfBudget(new Failure(message, 'NX-CONDITION-SIZE'))
    }
  }

  /** The value of a path that was not read yet. */
  fill(slot: number): Value {
    const value = this.#reader.read(this, slot)
    this.slots[slot] = value
    return value
  }

  #tooMuch(): Failure {
    const message =
      this.#granted < this.#fuelGiven
        ? 'The conditions on this event need more steps than one event may take'
        : `The condition needs more than ${this.#fuelGiven} steps with this event`
    return new Failure(message, 'NX-CONDITION-FUEL')
  }
}
