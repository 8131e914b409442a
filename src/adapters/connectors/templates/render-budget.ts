import type { JsonValue } from '../../../kernel/json.ts'
import { misfit } from './misfit.ts'

/** The most that one rendering may make, characters and members counted alike: twice what a request may hold. */
export const renderedMax = 2 * 1024 * 1024
/** The most items of one `$each`. */
export const eachItemsMax = 1_000

/** Throws NX-CONNECTOR-INPUT (invalid) when it is more than one rendering may make. */
export function requireSize(size: number): void {
  if (size <= renderedMax) return
  const detail = `It would make more than ${renderedMax / 1024 / 1024} MiB.`
  throw misfit(detail, 'Give the call fewer or smaller items.')
}

/** What is left of one rendering. */
export class RenderBudget {
  #left = renderedMax

  /** Throws NX-CONNECTOR-INPUT (invalid) when it was too much. */
  spend(amount: number): void {
    this.#left -= amount
    requireSize(renderedMax - this.#left)
  }

  /** Counts a value that is put in as it is. */
  spendValue(value: JsonValue | undefined): void {
    if (typeof value === 'string') return this.spend(value.length)
    this.spend(1)
    if (typeof value !== 'object' || value === null) return
    for (const [name, inner] of Object.entries(value) as [string, JsonValue][]) {
      this.spend(name.length)
      this.spendValue(inner)
    }
  }
}
