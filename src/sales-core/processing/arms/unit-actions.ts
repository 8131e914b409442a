/**
 * How many commands the candidate asked for per unit, for the cap: what was committed on this daemon, and what the batch under way
 * adds. Bounded: units that asked longest ago are forgotten (the judge counts from the database).
 */
export class UnitActions {
  readonly #committed = new Map<string, number>()
  readonly #unitsMax: number

  constructor(unitsMax = 50_000) {
    this.#unitsMax = unitsMax
  }

  /** For one transaction. Thrown away when that fails: the batch comes again. */
  batch(): ActionBatch {
    return new ActionBatch(this.#committed, (counts) => {
      for (const [unit, count] of counts) this.#add(unit, count)
    })
  }

  #add(unit: string, count: number): void {
    const before = this.#committed.get(unit) ?? 0
    this.#committed.delete(unit)
    this.#committed.set(unit, before + count)
    const [oldest] = this.#committed.keys()
    if (this.#committed.size > this.#unitsMax && oldest !== undefined) this.#committed.delete(oldest)
  }
}

export class ActionBatch {
  readonly #committed: ReadonlyMap<string, number>
  readonly #onCommit: (counts: ReadonlyMap<string, number>) => void
  readonly #added = new Map<string, number>()

  constructor(
    committed: ReadonlyMap<string, number>,
    onCommit: (counts: ReadonlyMap<string, number>) => void,
  ) {
    this.#committed = committed
    this.#onCommit = onCommit
  }

  /** Of a unit until now. */
  of(unit: string): number {
    return (this.#committed.get(unit) ?? 0) + (this.#added.get(unit) ?? 0)
  }

  add(unit: string, count: number): void {
    if (count > 0) this.#added.set(unit, (this.#added.get(unit) ?? 0) + count)
  }

  /** The transaction begins anew. */
  reset(): void {
    this.#added.clear()
  }

  /** The transaction was committed. */
  commit(): void {
    this.#onCommit(this.#added)
    this.#added.clear()
  }
}
