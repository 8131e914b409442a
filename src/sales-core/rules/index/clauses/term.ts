import { readerOf } from '../../../conditions/values/read-value.ts'
import type { Reader } from '../../../conditions/values/read-value.ts'
import { Failure, isRecord, kindOf } from '../../../conditions/values/value.ts'
import type { Value } from '../../../conditions/values/value.ts'
import type { VariableTypes, VariableValues } from '../../../conditions/condition-compiler.ts'
import type { CelNode } from '../../../conditions/syntax/cel-node.ts'
import type { FieldType } from '../../../types/field-type.ts'
import { nullable, typeAt } from '../../../types/field-type.ts'
import { typeKey } from './types-key.ts'

/** A field that conditions read: `lead.country`. */
export class Term {
  readonly path: string
  readonly type: FieldType
  /** Tells it from a term of the same path that is declared otherwise. */
  readonly key: string
  /** The term that it is a member of; null: it is a variable. */
  readonly base: Term | null
  readonly #name: string
  readonly #root: FieldType
  readonly #read: Reader
  /** How many values are read on the way to it, its own included. */
  readonly depth: number
  readonly #askKeys = new Map<string, string>()
  readonly #members = new Map<string, Term | null>()

  constructor(name: string, type: FieldType, base: Term | null) {
    this.path = base === null ? name : `${base.path}.${name}`
    this.type = type
    this.#root = base === null ? type : base.#root
    this.key = `${this.path} ${typeKey(this.#root)}`
    this.depth = base === null ? 1 : base.depth + 1
    this.#name = name
    this.base = base
    this.#read = readerOf(type, this.path)
  }

  /** The key of what is asked of it in one way: the same string object each time, so that comparing and hashing it costs nothing. */
  askKey(ask: string): string {
    const known = this.#askKeys.get(ask)
    if (known !== undefined) return known
    const key = `${ask} ${this.key}`
    this.#askKeys.set(ask, key)
    return key
  }

  /** null when nothing of that name is declared. */
  member(name: string): Term | null {
    const known = this.#members.get(name)
    if (known !== undefined) return known
    const type = typeAt(this.type, name)
    const term = type === null ? null : new Term(name, this.type.nullable ? nullable(type) : type, this)
    this.#members.set(name, term)
    return term
  }

  /** What a condition sees there: a Failure where a value is not of its declared type. `base`: what it sees as the value of `base`. */
  read(values: VariableValues, base: Value): Value {
    const name = this.#name
    if (this.base === null) return this.#read(Object.hasOwn(values, name) ? values[name] : undefined)
    if (base === null || base instanceof Failure) return base
    if (!isRecord(base)) return new Failure(`A ${kindOf(base)} has no field ${name}`)
    return this.#read(Object.hasOwn(base, name) ? base[name] : undefined)
  }
}

/** Finds the terms of conditions over the same variables. */
export class Terms {
  readonly #variables: VariableTypes
  readonly #roots = new Map<string, Term | null>()

  constructor(variables: VariableTypes) {
    this.#variables = variables
  }

  /** The term that a plain read reads; null for every other expression. */
  of(node: CelNode): Term | null {
    if (node.op === '.') return this.of(node.args[0])?.member(node.args[1]) ?? null
    return node.op === 'id' ? this.#root(node.args) : null
  }

  #root(name: string): Term | null {
    const known = this.#roots.get(name)
    if (known !== undefined) return known
    const type = this.#variables.get(name)
    const term = type === undefined ? null : new Term(name, type, null)
    this.#roots.set(name, term)
    return term
  }
}

/** What `typeof` says of the elements of a list of plain values; null for other lists. */
export function elementType({ type }: Term): 'string' | 'number' | 'boolean' | null {
  if (type.kind !== 'list') return null
  switch (type.of.kind) {
    case 'string':
      return 'string'
    case 'number':
    case 'int':
      return 'number'
    case 'bool':
      return 'boolean'
    default:
      return null
  }
}
