import type { CelNode } from '../syntax/cel-node.ts'
import { atomOf } from './atom.ts'
import type { Atom } from './atom.ts'
import { intersection, isEmpty } from './value-set.ts'
import type { ValueSet } from './value-set.ts'

/** What must be so of one term, and the comparisons that ask for it. */
interface Demand {
  readonly set: ValueSet
  readonly atoms: readonly Atom[]
}

/** A conjunction: by term, the values that it may have. A term that is not there may have any. */
export type Situation = ReadonlyMap<string, Demand>

/** Two comparisons of one term that never hold together. */
export interface Clash {
  readonly term: string
  readonly first: Atom
  readonly second: Atom
}

/** More conjunctions than this are not told apart. */
const situationsMax = 128

const anySituation: readonly Situation[] = [new Map()]

/**
 * The situations in which a condition is true (or false), as a disjunction of conjunctions. Never leaves one out: whatever the data
 * is, a condition that yields this verdict is in one of the situations listed, so an empty list is a proof. Situations that
 * cannot be may be listed, and a condition with too many of them counts as one that may hold anywhere.
 */
export function situationsOf(node: CelNode, verdict: boolean, clashes: Clash[] = []): readonly Situation[] {
  switch (node.op) {
    case '!_':
      return situationsOf(node.args, !verdict, clashes)
    case '&&':
    case '||': {
      const [left, right] = [
        situationsOf(node.args[0], verdict, clashes),
        situationsOf(node.args[1], verdict, clashes),
      ]
      return (node.op === '&&') === verdict ? both(left, right, clashes) : either(left, right)
    }
    case '?:': {
      const [test, yes, no] = node.args
      return either(
        both(situationsOf(test, true, clashes), situationsOf(yes, verdict, clashes), clashes),
        both(situationsOf(test, false, clashes), situationsOf(no, verdict, clashes), clashes),
      )
    }
    default: {
      const atom = atomOf(node, verdict)
      if (typeof atom === 'boolean') return atom ? anySituation : []
      return isEmpty(atom.set) ? [] : [new Map([[atom.term, { set: atom.set, atoms: [atom] }]])]
    }
  }
}

function either(a: readonly Situation[], b: readonly Situation[]): readonly Situation[] {
  if (a.length + b.length > situationsMax) return anySituation
  return [...a, ...b]
}

/** The situations that are one of `a` and one of `b` at once. */
export function both(
  a: readonly Situation[],
  b: readonly Situation[],
  clashes: Clash[] = [],
): readonly Situation[] {
  if (a.length * b.length > situationsMax) return a.length === 0 || b.length === 0 ? [] : anySituation
  return a.flatMap((left) => b.flatMap((right) => merged(left, right, clashes) ?? []))
}

function merged(left: Situation, right: Situation, clashes: Clash[]): Situation | null {
  const all = new Map(left)
  for (const [term, demand] of right) {
    const other = all.get(term)
    if (other === undefined) {
      all.set(term, demand)
      continue
    }
    const set = intersection(other.set, demand.set)
    if (isEmpty(set)) {
      const [first, second] = [other.atoms[0], demand.atoms[0]]
      if (first !== undefined && second !== undefined) clashes.push({ term, first, second })
      return null
    }
    all.set(term, { set, atoms: [...other.atoms, ...demand.atoms] })
  }
  return all
}

/** Can no situation be one of `a` and one of `b`? A proof when it says so. */
export function areDisjoint(a: readonly Situation[], b: readonly Situation[]): boolean {
  return a.every((left) => b.every((right) => clash(left, right)))
}

function clash(left: Situation, right: Situation): boolean {
  const [small, large] = left.size <= right.size ? [left, right] : [right, left]
  for (const [term, { set }] of small) {
    const other = large.get(term)
    if (other !== undefined && isEmpty(intersection(set, other.set))) return true
  }
  return false
}
