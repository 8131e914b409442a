import type { ASTNode } from '@marcbachmann/cel-js'
import type { FieldType } from '../../types/field-type.ts'
import { jsonType } from '../../types/field-type.ts'
import { nearestName } from '../../../kernel/nearest-name.ts'
import type { ConditionProblem, VariableTypes } from '../condition-compiler.ts'
import {
  boolType,
  celTypeText,
  isOpen,
  kindOfType,
  nullType,
  numberType,
  stringType,
  unified,
} from './cel-type.ts'
import { asFieldType } from './cel-type.ts'
import type { Code, Elaborator } from './code.ts'
import { code } from './code.ts'
import { functions, methods, notYet } from './functions.ts'
import type { CelFunction } from './functions.ts'
import { and, conditional, negated, not, or } from './logic.ts'
import { macro, macroNames, macroNestingMax } from './macros.ts'
import { indexed, member, presence } from './members.ts'
import { applied, constant, listOfCode, localRead, mapOfCode, variableRead } from './build-code.ts'
import { binary } from './operators.ts'
import { nodesOf } from './parse.ts'
import type { Value } from './value.ts'

/** Checks a syntax tree against the declared variables and builds the code that runs it, in one walk. */
export class CelElaborator implements Elaborator {
  readonly problems: ConditionProblem[] = []
  readonly roots = new Set<string>()
  readonly reads = new Set<string>()
  readonly #variables: VariableTypes
  readonly #locals: Array<{ readonly name: string; readonly type: FieldType }> = []

  constructor(variables: VariableTypes) {
    this.#variables = variables
  }

  problem(
    node: { readonly start: number },
    problemCode: string,
    message: string,
    fix: string | null = null,
  ): Code {
    this.problems.push({ code: problemCode, message, fix, offset: node.start })
    return code(jsonType, () => null)
  }

  withLocal(name: string, type: FieldType, node: ASTNode): { slot: number; body: Code; cost: number } {
    const slot = this.#locals.length
    const cost = 1 + nodesOf(node)
    if (slot >= macroNestingMax) {
      return {
        slot,
        cost,
        body: this.problem(
          node,
          'NX-CONDITION-LIMIT',
          `all, exists, map and filter may be nested ${macroNestingMax} deep`,
        ),
      }
    }
    this.#locals.push({ name, type })
    const body = this.elaborate(node)
    this.#locals.pop()
    return { slot, body, cost }
  }

  elaborate(node: ASTNode): Code {
    const built = this.#build(node)
    // Only the longest path counts as read: `lead.consent.sms`, not `lead.consent` as well.
    if (built.path !== null) {
      for (const shorter of this.reads) if (built.path.startsWith(`${shorter}.`)) this.reads.delete(shorter)
      if (built.path.includes('.')) this.reads.add(built.path)
    }
    return built
  }

  #build(node: ASTNode): Code {
    switch (node.op) {
      case 'value':
        return this.#literal(node, node.args)
      case 'id':
        return this.#variable(node, node.args)
      case '.':
        return member(node, this.elaborate(node.args[0]), node.args[1], this)
      case '[]':
        return indexed(node, this.elaborate(node.args[0]), this.elaborate(node.args[1]), this)
      case 'list':
        return this.#list(node.args)
      case 'map':
        return this.#map(node, node.args)
      case 'call':
        return this.#call(node, node.args[0], node.args[1])
      case 'rcall':
        return this.#method(node, node.args[0], node.args[1], node.args[2])
      case '?:':
        return conditional(
          node,
          this.elaborate(node.args[0]),
          this.elaborate(node.args[1]),
          this.elaborate(node.args[2]),
          this,
        )
      case '||':
        return or(node, this.elaborate(node.args[0]), this.elaborate(node.args[1]), this)
      case '&&':
        return and(node, this.elaborate(node.args[0]), this.elaborate(node.args[1]), this)
      case '!_':
        return not(node, this.elaborate(node.args), this)
      case '-_':
        return negated(node, this.elaborate(node.args), this)
      case '.?':
      case '[?]':
        return this.problem(
          node,
          'NX-CONDITION-NOT-YET',
          'Optional access is not supported yet',
          'What is absent reads as null: compare with null.',
        )
      default:
        return binary(node.op, node, this.elaborate(node.args[0]), this.elaborate(node.args[1]), this)
    }
  }

  #literal(node: ASTNode, value: unknown): Code {
    if (value === null) return constant(nullType, null)
    if (typeof value === 'bigint') {
      const number = Number(value)
      if (!Number.isSafeInteger(number))
        return this.problem(node, 'NX-CONDITION-TYPE', `${value} is too large to be exact`)
      return constant(numberType, number)
    }
    if (typeof value === 'number') return constant(numberType, value)
    if (typeof value === 'string') return constant(stringType, value)
    if (typeof value === 'boolean') return constant(boolType, value)
    return this.problem(
      node,
      'NX-CONDITION-NOT-YET',
      'Bytes and unsigned numbers are not supported yet',
      'Use a plain number or text.',
    )
  }

  #variable(node: ASTNode, name: string): Code {
    const slot = this.#locals.findLastIndex((local) => local.name === name)
    if (slot >= 0) return localRead(this.#locals[slot]?.type ?? jsonType, slot)
    const type = this.#variables.get(name)
    if (type === undefined) return this.#unknownVariable(node, name)
    this.roots.add(name)
    return variableRead(name, type)
  }

  #unknownVariable(node: ASTNode, name: string): Code {
    const known = [...this.#variables.keys()]
    const near = nearestName(name, known)
    return this.problem(
      node,
      'NX-CONDITION-UNKNOWN',
      `There is no '${name}' here`,
      near === null ? `Known here: ${known.join(', ')}. Text goes in quotes.` : `Did you mean '${near}'?`,
    )
  }

  #list(nodes: readonly ASTNode[]): Code {
    const items = nodes.map((item) => this.elaborate(item))
    const of =
      items.length === 0
        ? jsonType
        : asFieldType(items.map((item) => item.type).reduce((a, b) => unified(a, b)))
    const type: FieldType = { kind: 'list', nullable: false, of }
    // A list of literals is made once, not with every event.
    if (nodes.every((item) => item.op === 'value')) {
      const literals = nodes.map(
        (item) => (typeof item.args === 'bigint' ? Number(item.args) : item.args) as Value,
      )
      return constant(type, literals)
    }
    return listOfCode(type, items)
  }

  #map(node: ASTNode, entries: ReadonlyArray<readonly [ASTNode, ASTNode]>): Code {
    const members = entries.map(([key, value]) => ({
      key: this.elaborate(key),
      value: this.elaborate(value),
    }))
    if (members.some(({ key }) => !isOpen(key.type) && key.type.kind !== 'string')) {
      return this.problem(node, 'NX-CONDITION-TYPE', 'The keys of a map are text')
    }
    const of =
      members.length === 0
        ? jsonType
        : asFieldType(members.map(({ value }) => value.type).reduce((a, b) => unified(a, b)))
    return mapOfCode({ kind: 'map', nullable: false, of }, members)
  }

  #call(node: ASTNode, name: string, args: readonly ASTNode[]): Code {
    const [first] = args
    if (name === 'has')
      return first === undefined
        ? this.problem(node, 'NX-CONDITION-SYNTAX', 'has takes a field', 'Write `has(lead.country)`.')
        : presence(node, first, this)
    const known = functions.get(name)
    if (known === undefined) return this.#unknownFunction(node, name, functions)
    return this.#apply(node, name, known, args)
  }

  #method(node: ASTNode, name: string, receiver: ASTNode, args: readonly ASTNode[]): Code {
    if (macroNames.has(name)) return macro(name, node, this.elaborate(receiver), args, this)
    const known = methods.get(name)
    if (known === undefined) return this.#unknownFunction(node, name, methods)
    return this.#apply(node, name, known, [receiver, ...args])
  }

  #unknownFunction(node: ASTNode, name: string, known: ReadonlyMap<string, CelFunction>): Code {
    const later = notYet.get(name)
    if (later !== undefined)
      return this.problem(node, 'NX-CONDITION-NOT-YET', `${name}() is not supported yet`, later)
    const names = known === methods ? [...known.keys(), ...macroNames] : [...known.keys(), 'has']
    const near = nearestName(name, names)
    return this.problem(
      node,
      'NX-CONDITION-UNKNOWN',
      `There is no function ${name}() here`,
      near === null ? `Known here: ${names.join(', ')}.` : `Did you mean ${near}()?`,
    )
  }

  #apply(node: ASTNode, name: string, known: CelFunction, args: readonly ASTNode[]): Code {
    const [first, second] = args.map((arg) => this.elaborate(arg))
    if (first === undefined || args.length !== known.parameters.length + 1) {
      return this.problem(
        node,
        'NX-CONDITION-SYNTAX',
        `${name}() takes ${known.parameters.length + 1} value(s), counting what it is called on, and got ${args.length}`,
      )
    }
    if (!isOpen(first.type) && !known.on.includes(kindOfType(first.type))) {
      return this.problem(
        node,
        'NX-CONDITION-TYPE',
        `${name}() works on ${known.on.join(', ')}, not on ${celTypeText(first.type)}`,
      )
    }
    const wanted = known.parameters[0]
    if (
      second !== undefined &&
      wanted !== undefined &&
      !isOpen(second.type) &&
      kindOfType(second.type) !== wanted.kind
    ) {
      return this.problem(
        node,
        'NX-CONDITION-TYPE',
        `${name}() needs a ${wanted.kind}, not a ${celTypeText(second.type)}`,
      )
    }
    return applied(known, first, second ?? null)
  }
}
