import { isBroken } from '../../../conditions/cel-condition-compiler.ts'
import type { Condition, VariableTypes } from '../../../conditions/condition-compiler.ts'
import { complement, numbersBy, onlyTrue, setOf } from '../../../conditions/facts/value-set.ts'
import type { ConstantValue, ValueSet } from '../../../conditions/facts/value-set.ts'
import { mirrored, nodesOf } from '../../../conditions/syntax/cel-node.ts'
import type { CelNode, Ordering } from '../../../conditions/syntax/cel-node.ts'
import { parseCel } from '../../../conditions/syntax/parse-cel.ts'
import type { Ask, Clause, ConditionClauses, Demand } from './demand.ts'
import { demandOf, eitherClause } from './demand.ts'
import { KnownDemands } from './known-demands.ts'
import { literalOf, literalsOf } from './node-parts.ts'
import { elementType, Terms } from './term.ts'
import type { Term } from './term.ts'
import { stepsMax, worstWork } from './worst-work.ts'

/** What conditions over the same variables have in common. */
interface Shared {
  readonly terms: Terms
  readonly demands: KnownDemands
}

const sharedBy = new WeakMap<VariableTypes, Shared>()

/** A longer condition may take all the steps it is allowed whatever the data is. */
const nodesUsed = 400

/** More clauses than this are not made of an `||` of `&&`s; those left out are left to the evaluator. */
const crossMax = 16

const nothingKnown: ConditionClauses = { clauses: [], isExact: false }

type Taken = Map<Condition, ConditionClauses>

/**
 * Clauses that were taken while conditions were compiled. Weak as a whole: an index is made when an event comes for its rules, right
 * after compiling for most, never for some, and until then they shall not hold more memory than can be spared.
 */
let taken = new WeakRef<Taken>(new Map())

/** Takes the clauses of a condition from its syntax tree, so that it need not be parsed again when it is indexed soon. */
export function takeClauses(condition: Condition, tree: CelNode): void {
  let kept = taken.deref()
  if (kept === undefined) {
    kept = new Map()
    taken = new WeakRef(kept)
  }
  kept.set(condition, clausesOf(condition, tree))
}

/**
 * What must be so for a condition not to be false: where one of the clauses does not hold, it yields false, without an error,
 * whatever the rest of it does. That is so because false on either side decides an `&&` even when the other side fails, with
 * one exception: a condition that runs out of steps fails at once. So parts behind one that may take many steps are not
 * used, or only as long as the data is not large. No clause: nothing is known.
 */
export function conditionClauses(condition: Condition): ConditionClauses {
  const kept = taken.deref()
  const known = kept?.get(condition)
  kept?.delete(condition)
  if (known !== undefined) return known
  if (isBroken(condition)) return nothingKnown
  const parsed = parseCel(condition.source)
  return 'ast' in parsed ? clausesOf(condition, parsed.ast) : nothingKnown
}

function clausesOf({ source, variables }: Condition, tree: CelNode): ConditionClauses {
  // Each node takes a character at least.
  if (source.length > nodesUsed && nodesOf(tree) > nodesUsed) return nothingKnown
  let shared = sharedBy.get(variables)
  if (shared === undefined) {
    shared = { terms: new Terms(variables), demands: new KnownDemands() }
    sharedBy.set(variables, shared)
  }
  const reader = new ClauseReader(shared)
  const clauses: Clause[] = []
  reader.read(tree, true, clauses)
  return { clauses, isExact: reader.isExact }
}

/** Goes through a condition in the order in which it is evaluated. */
class ClauseReader {
  readonly #terms: Terms
  readonly #demands: KnownDemands
  /** What was evaluated so far may have taken so many steps, unless one of these is large; null: any number. */
  #steps: number | null = 0
  #measured: readonly Term[] = []
  #isExact = true

  constructor({ terms, demands }: Shared) {
    this.#terms = terms
    this.#demands = demands
  }

  /** Do the clauses that were read say everything? */
  get isExact(): boolean {
    return this.#isExact
  }

  /** Adds clauses that hold whenever the node does not yield the opposite of `verdict`. */
  read(node: CelNode, verdict: boolean, into: Clause[]): void {
    switch (node.op) {
      case '!_':
        this.read(node.args, !verdict, into)
        break
      case '&&':
      case '||':
        if ((node.op === '&&') === verdict) {
          this.read(node.args[0], verdict, into)
          this.read(node.args[1], verdict, into)
        } else {
          const [left, right]: [Clause[], Clause[]] = [[], []]
          this.read(node.args[0], verdict, left)
          this.read(node.args[1], verdict, right)
          this.#cross(left, right, into)
        }
        break
      default:
        this.#readLeaf(node, verdict, into)
    }
  }

  #readLeaf(node: CelNode, verdict: boolean, into: Clause[]): void {
    const literal = literalOf(node)
    if (literal !== undefined) {
      if ((literal === true) !== verdict) this.#reach([], this.#measured, into)
      return
    }
    const demand = this.#demandOf(node, verdict)
    const before = this.#measured
    this.#spend(node, demand)
    if (demand === null) this.#isExact = false
    else this.#reach([demand], before, into)
  }

  /** Adds the clause, unless what is evaluated before it may run out of steps: `before` says what must not be large for that. */
  #reach(clause: Clause, before: readonly Term[], into: Clause[]): void {
    const reached =
      this.#steps === null
        ? null
        : before.length === 0
          ? clause
          : eitherClause(
              clause,
              before.map((term) => demandOf(term, 'large', onlyTrue)),
            )
    if (reached === null) this.#isExact = false
    else into.push(reached)
  }

  #spend(node: CelNode, demand: Demand | null): void {
    if (this.#steps === null) return
    // A text or number compared with literals costs the same, however long it is.
    const isPlain = demand !== null && demand.ask !== 'has' && demand.ask !== 'lacks'
    const work = isPlain ? null : worstWork(node, this.#terms)
    const steps = isPlain ? nodesOf(node) : (work?.steps ?? Number.POSITIVE_INFINITY)
    this.#steps = this.#steps + steps > stepsMax ? null : this.#steps + steps
    for (const term of work?.measures ?? [])
      if (!this.#measured.includes(term)) this.#measured = [...this.#measured, term]
  }

  #demandOf(node: CelNode, verdict: boolean): Demand | null {
    switch (node.op) {
      case '==':
      case '!=':
        return this.#equality(node.args, (node.op === '==') === verdict)
      case '<':
      case '<=':
      case '>':
      case '>=':
        return this.#ordering(node.op, node.args, verdict)
      case 'in':
        return this.#membership(node.args, verdict)
      case 'rcall':
        return node.args[0] === 'exists' ? this.#exists(node.args[1], node.args[2], verdict) : null
      case 'id':
      case '.':
        return this.#asked(node, 'truth', onlyTrue, verdict)
      default:
        return null
    }
  }

  #asked(node: CelNode, ask: Ask, set: ValueSet, verdict: boolean): Demand | null {
    const term = this.#terms.of(node)
    return term === null ? null : demandOf(term, ask, verdict ? set : complement(set))
  }

  #equality([left, right]: readonly [CelNode, CelNode], verdict: boolean): Demand | null {
    const a = literalOf(left)
    const literal = a === undefined ? literalOf(right) : a
    const term = literal === undefined ? null : this.#terms.of(a === undefined ? left : right)
    return literal === undefined || term === null ? null : this.#demands.of(term, 'equals', literal, !verdict)
  }

  #ordering(op: Ordering, [left, right]: readonly [CelNode, CelNode], verdict: boolean): Demand | null {
    const high = literalOf(right)
    if (typeof high === 'number') return this.#asked(left, 'size', numbersBy(op, high), verdict)
    const low = literalOf(left)
    return typeof low === 'number' ? this.#asked(right, 'size', numbersBy(mirrored[op], low), verdict) : null
  }

  #membership([left, right]: readonly [CelNode, CelNode], verdict: boolean): Demand | null {
    const values = literalsOf(right)
    if (values !== null) return this.#asked(left, 'equals', setOf(values), verdict)
    const literal = literalOf(left)
    return literal === undefined ? null : this.#element(right, [literal], verdict)
  }

  /** `list.exists(x, x == "a")` and `list.exists(x, x in ["a", "b"])`. */
  #exists(over: CelNode, [variable, body]: readonly CelNode[], verdict: boolean): Demand | null {
    if (variable?.op !== 'id' || body === undefined) return null
    const isVariable = (node: CelNode): boolean => node.op === 'id' && node.args === variable.args
    if (body.op === 'in') {
      const values = isVariable(body.args[0]) ? literalsOf(body.args[1]) : null
      return values === null ? null : this.#element(over, values, verdict)
    }
    if (body.op !== '==') return null
    const literal = isVariable(body.args[0])
      ? literalOf(body.args[1])
      : isVariable(body.args[1])
        ? literalOf(body.args[0])
        : undefined
    return literal === undefined ? null : this.#element(over, [literal], verdict)
  }

  #element(list: CelNode, values: readonly ConstantValue[], verdict: boolean): Demand | null {
    const term = this.#terms.of(list)
    // An absent element reads as the zero of its type, a json element as anything: left to the evaluator.
    if (term?.type.kind !== 'list' || elementType(term) === null || values.includes(null)) return null
    const [ask, only] = [verdict ? ('has' as const) : ('lacks' as const), values[0]]
    if (values.length === 1 && only !== undefined) return this.#demands.of(term, ask, only, false)
    return demandOf(term, ask, setOf(values))
  }

  /** Adds clauses that hold whenever all of one side or all of the other do. */
  #cross(left: readonly Clause[], right: readonly Clause[], into: Clause[]): void {
    let found = 0
    for (const a of left) {
      for (const b of right) {
        const clause = found === crossMax ? null : eitherClause(a, b)
        if (clause === null) this.#isExact = false
        else {
          into.push(clause)
          found += 1
        }
        if (found === crossMax && !this.#isExact) return
      }
    }
  }
}
