import type { FieldType } from '../../types/field-type.ts'
import { jsonType } from '../../types/field-type.ts'
import { nearestName } from '../../../kernel/nearest-name.ts'
import type { ConditionProblem, CountNeed, VariableTypes } from '../condition-compiler.ts'
import { SlotTable } from '../slot-table.ts'
import type { CelNode, Literal } from '../syntax/cel-node.ts'
import type { Value } from '../values/value.ts'
import { nodesOf } from '../syntax/cel-node.ts'
import { call, matchesCall, unknownFunction } from '../functions/calls.ts'
import { contextCall, contextFunctions } from '../functions/context-functions.ts'
import type { ContextNeeds } from '../functions/context-functions.ts'
import { functions, methods } from '../functions/functions.ts'
import { constant, listOfCode, localRead, mapOfCode, slotRead } from './build-code.ts'
import { asFieldType, boolType, isOpen, nullType, numberType, stringType, unified } from './cel-type.ts'
import type { Code, Elaborator } from './code.ts'
import { code } from './code.ts'
import { conditional, junction, negated, not } from './logic.ts'
import { macro, macroNames, macroNestingMax } from './macros.ts'
import { indexed, member, presence } from './members.ts'
import { binary } from './operators.ts'

/** Checks a syntax tree against the declared variables and builds the code that runs it, in one walk. */
export class CelElaborator implements Elaborator, ContextNeeds {
  readonly problems: ConditionProblem[] = []
  readonly counts: CountNeed[] = []
  readonly calendars: Array<string | null> = []
  readonly table: SlotTable
  readonly roots = new Set<string>()
  readonly reads = new Set<string>()
  readonly #variables: VariableTypes
  readonly #locals: Array<{ readonly name: string; readonly type: FieldType }> = []

  constructor(variables: VariableTypes) {
    this.#variables = variables
    this.table = SlotTable.of(variables)
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

  withLocal(
    name: string,
    type: FieldType,
    nodes: readonly CelNode[],
  ): { slot: number; bodies: readonly Code[]; cost: number } {
    const slot = this.#locals.length
    const cost = nodes.reduce((sum, node) => sum + nodesOf(node), 1)
    const [first] = nodes
    if (slot >= macroNestingMax && first !== undefined) {
      const message = `all, exists, map and filter may be nested ${macroNestingMax} deep`
      return { slot, cost, bodies: nodes.map(() => this.problem(first, 'NX-CONDITION-LIMIT', message)) }
    }
    this.#locals.push({ name, type })
    const bodies = nodes.map((node) => this.elaborate(node))
    this.#locals.pop()
    return { slot, bodies, cost }
  }

  elaborate(node: CelNode): Code {
    const built = this.#build(node)
    if (built.path !== null) this.#reads(built.path)
    return built
  }

  #reads(path: string): void {
    const dot = path.indexOf('.')
    if (dot < 0) return
    // Only the longest path counts as read: `lead.consent.sms`, not `lead.consent` as well.
    if (path.includes('.', dot + 1))
      for (const shorter of this.reads) if (isBelow(path, shorter)) this.reads.delete(shorter)
    this.reads.add(path)
  }

  #build(node: CelNode): Code {
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
      case '&&':
        return junction(node.op, node, this.elaborate(node.args[0]), this.elaborate(node.args[1]), this)
      case '!_':
        return not(node, this.elaborate(node.args), this)
      case '-_':
        return negated(node, this.elaborate(node.args), this)
      default:
        return binary(node.op, node, this.elaborate(node.args[0]), this.elaborate(node.args[1]), this)
    }
  }

  #literal(node: CelNode, value: Literal): Code {
    if (value === null) return constant(nullType, null)
    if (typeof value === 'bigint') {
      // The profile has one kind of number: a whole literal is one like any other.
      const number = Number(value)
      if (!Number.isSafeInteger(number))
        return this.problem(node, 'NX-CONDITION-TYPE', `${value} is too large to be exact`)
      return constant(numberType, number)
    }
    if (typeof value === 'number')
      return Number.isFinite(value)
        ? constant(numberType, value)
        : this.problem(node, 'NX-CONDITION-TYPE', 'The number is too large')
    if (typeof value === 'string') return constant(stringType, this.table.text(value))
    if (typeof value === 'boolean') return constant(boolType, value)
    return this.problem(
      node,
      'NX-CONDITION-TYPE',
      'Bytes and unsigned numbers are not part of the language',
      'Use a plain number or text.',
    )
  }

  #variable(node: CelNode, name: string): Code {
    const slot = this.#locals.findLastIndex((local) => local.name === name)
    if (slot >= 0) return localRead(this.#locals[slot]?.type ?? jsonType, slot)
    const type = this.#variables.get(name)
    if (type === undefined) return this.#unknownVariable(node, name)
    this.roots.add(name)
    return slotRead(this.table, type, name, null)
  }

  #unknownVariable(node: CelNode, name: string): Code {
    const known = [...this.#variables.keys()]
    const near = nearestName(name, known)
    return this.problem(
      node,
      'NX-CONDITION-UNKNOWN',
      `There is no '${name}' here`,
      near === null ? `Known here: ${known.join(', ')}. Text goes in quotes.` : `Did you mean '${near}'?`,
    )
  }

  #list(nodes: readonly CelNode[]): Code {
    const items = nodes.map((item) => this.elaborate(item))
    const of =
      items.length === 0
        ? jsonType
        : asFieldType(items.map((item) => item.type).reduce((a, b) => (a === b ? a : unified(a, b))))
    const type: FieldType = { kind: 'list', nullable: false, of }
    // A list of constants is made once, not with every event.
    const constants: Value[] = []
    for (const item of items) if (item.constant !== null) constants.push(item.constant.value)
    if (constants.length === items.length) return constant(type, Object.freeze(constants))
    return listOfCode(
      type,
      items.map((item) => item.run),
    )
  }

  #map(node: CelNode, entries: ReadonlyArray<readonly [CelNode, CelNode]>): Code {
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
    return mapOfCode(
      { kind: 'map', nullable: false, of },
      members.map(({ key, value }) => ({ key: key.run, value: value.run })),
    )
  }

  #call(node: CelNode, name: string, args: readonly CelNode[]): Code {
    const [first] = args
    if (name === 'has')
      return first === undefined
        ? this.problem(node, 'NX-CONDITION-SYNTAX', 'has takes a field', 'Write `has(lead.country)`.')
        : presence(node, first, this)
    if (contextFunctions.has(name)) return contextCall(node, name, args, this, this)
    if (name === 'matches') return matchesCall(node, args, this)
    const known = functions.get(name)
    return known === undefined
      ? unknownFunction(node, name, [...functions.keys(), 'has', 'matches', ...contextFunctions], args, this)
      : call(node, name, known, args, this)
  }

  #method(node: CelNode, name: string, receiver: CelNode, args: readonly CelNode[]): Code {
    if (macroNames.has(name)) return macro(name, node, this.elaborate(receiver), args, this)
    if (name === 'matches') return matchesCall(node, [receiver, ...args], this)
    const known = methods.get(name)
    return known === undefined
      ? unknownFunction(node, name, [...methods.keys(), 'matches', ...macroNames], [receiver, ...args], this)
      : call(node, name, known, [receiver, ...args], this)
  }
}

function isBelow(path: string, shorter: string): boolean {
  return path.charAt(shorter.length) === '.' && path.startsWith(shorter)
}
