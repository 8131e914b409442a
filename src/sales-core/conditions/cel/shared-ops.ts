import type { Value } from '../values/value.ts'
import type { Frame } from './frame.ts'

/** As in code.ts, which knows of this. */
type Op = (frame: Frame) => Value

type Constant = string | number | boolean

/** Ops kept for one path and one way to ask: stages and countries are few, names are not worth keeping. */
const keptMax = 1_000

/**
 * One op for all conditions that ask the same of the same path: thousands of rules begin with the same few questions, and what they
 * share stays in the processor's cache.
 */
export class SharedOps {
  readonly #bySlot: Array<Map<string, Map<Constant, Op>> | undefined> = []

  /** `ask` must say everything about the op that the slot and the constant do not. */
  of(slot: number, ask: string, constant: Constant, make: () => Op): Op {
    const asks = (this.#bySlot[slot] ??= new Map<string, Map<Constant, Op>>())
    let kept = asks.get(ask)
    if (kept === undefined) {
      kept = new Map()
      asks.set(ask, kept)
    }
    const known = kept.get(constant)
    if (known !== undefined) return known
    const made = make()
    if (kept.size < keptMax) kept.set(constant, made)
    return made
  }
}
