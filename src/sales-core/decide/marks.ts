import type { JsonValue } from '../../kernel/json.ts'

/** A small fact that an entity remembers of what rules and workflows did with it. */
export interface Mark {
  /** RFC 3339, UTC: it is forgotten then. null: never. */
  readonly until: string | null
  readonly value: JsonValue
}

/**
 * What an entity remembers, by name: `once:<rule>:<key>`, `throttle:<rule>:<key>`, `chain:<root>`, `count:<event type>`,
 * `enroll:<workflow>`, `split:<workflow>:<step>`. Kept in the entity's row and written with it; never part of its fields.
 */
export type Marks = Readonly<Record<string, Mark>>

/** One mark that an event set or dropped (null), as its decision keeps it. Folding them in order gives the marks. */
export interface MarkChange {
  readonly key: string
  readonly to: Mark | null
}

/** Marks that an entity keeps. */
export const marksMax = 1_000
/** The longest name of a mark, characters. */
export const markKeyCharsMax = 400
/** The largest value of a mark, characters of its JSON. */
export const markValueCharsMax = 16_384

export const noMarks: Marks = Object.freeze({})

/** The value of a mark that still counts; undefined: there is none. `now`: RFC 3339, UTC. */
export function readMark(marks: Marks, key: string, now: string): JsonValue | undefined {
  const mark = Object.hasOwn(marks, key) ? marks[key] : undefined
  return mark === undefined || isOver(mark, now) ? undefined : mark.value
}

// Both are RFC 3339 in UTC with milliseconds: their texts have the order of their times.
function isOver({ until }: Mark, now: string): boolean {
  return until !== null && until <= now
}

/** The marks of an entity while an event is applied. Copies only what changes; `fork` lets a failed attempt be forgotten. */
export class MarkDraft {
  readonly #base: Marks
  #now: string | Date
  /** Made with the first change: most events change none. */
  #changed: Map<string, Mark | null> | null

  /** `now`: RFC 3339, UTC, with milliseconds; or the instant, whose text is made when a mark is looked at. */
  constructor(base: Marks, now: string | Date, changed: ReadonlyMap<string, Mark | null> | null = null) {
    this.#base = base
    this.#now = now
    this.#changed = changed === null ? null : new Map(changed)
  }

  /** A draft that goes on from here without touching this one. */
  fork(): MarkDraft {
    return new MarkDraft(this.#base, this.#now, this.#changed)
  }

  /** The value of a mark that still counts; undefined: there is none. */
  read(key: string): JsonValue | undefined {
    const changed = this.#changed?.get(key)
    if (changed === undefined)
      return Object.hasOwn(this.#base, key) ? readMark(this.#base, key, this.#nowText()) : undefined
    return changed === null || isOver(changed, this.#nowText()) ? undefined : changed.value
  }

  /** Sets a mark. `until` null: it stays until it is dropped. A name or value over the limits throws RangeError. */
  set(key: string, value: JsonValue, until: string | null): void {
    if (key.length > markKeyCharsMax)
      throw new RangeError(`A mark's name has at most ${markKeyCharsMax} characters`)
    if (JSON.stringify(value).length > markValueCharsMax)
      throw new RangeError(`A mark holds at most ${markValueCharsMax} characters`)
    this.#change(key, { value, until })
  }

  #nowText(): string {
    if (typeof this.#now !== 'string') this.#now = this.#now.toISOString()
    return this.#now
  }

  drop(key: string): void {
    if (Object.hasOwn(this.#base, key)) this.#change(key, null)
    else this.#changed?.delete(key)
  }

  #change(key: string, to: Mark | null): void {
    this.#changed ??= new Map()
    this.#changed.set(key, to)
  }

  /**
   * The marks afterwards and what changed; the same object when nothing did. Marks that are over go whenever something is written;
   * above the limit those go that would be over first, with a note.
   */
  settle(): {
    readonly marks: Marks
    readonly changes: readonly MarkChange[]
    readonly notes: readonly string[]
  } {
    if (this.#changed === null || this.#changed.size === 0)
      return { marks: this.#base, changes: [], notes: [] }
    const changes = new Map(this.#changed)
    for (const [key, mark] of Object.entries(this.#base))
      if (!changes.has(key) && isOver(mark, this.#nowText())) changes.set(key, null)
    const kept = applied(this.#base, changes)
    const excess = Object.keys(kept).length - marksMax
    if (excess <= 0) return { marks: kept, changes: listed(changes), notes: [] }
    const dropped = Object.entries(kept).toSorted(overFirst).slice(0, excess)
    for (const [key] of dropped) changes.set(key, null)
    return {
      marks: applied(kept, new Map(dropped.map(([key]) => [key, null]))),
      changes: listed(changes),
      notes: [
        `The entity remembers at most ${marksMax} marks: ${dropped.length} were forgotten before their time`,
      ],
    }
  }
}

/** Marks after some changes, as `settle` made them. */
export function withMarkChanges(marks: Marks, changes: readonly MarkChange[]): Marks {
  return changes.length === 0 ? marks : applied(marks, new Map(changes.map(({ key, to }) => [key, to])))
}

function applied(marks: Marks, changes: ReadonlyMap<string, Mark | null>): Marks {
  const kept = Object.entries(marks).filter(([key]) => !changes.has(key))
  const set = [...changes].filter((entry): entry is [string, Mark] => entry[1] !== null)
  return Object.fromEntries([...kept, ...set])
}

function listed(changes: ReadonlyMap<string, Mark | null>): readonly MarkChange[] {
  return [...changes].map(([key, to]) => ({ key, to }))
}

/** Those that never end last, and ties by name: which of them goes must not depend on how they are stored. */
function overFirst([leftKey, left]: [string, Mark], [rightKey, right]: [string, Mark]): number {
  if (left.until === right.until) return leftKey < rightKey ? -1 : 1
  if (left.until === null) return 1
  if (right.until === null) return -1
  return left.until < right.until ? -1 : 1
}
