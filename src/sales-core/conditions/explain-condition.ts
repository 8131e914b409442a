import type { CelNode } from './syntax/cel-node.ts'
import { errorText } from '../../kernel/errors.ts'
import type { JsonValue } from '../../kernel/json.ts'
import type { Condition, VariableValues } from './condition-compiler.ts'
import type { Code } from './cel/code.ts'
import { RecordingElaborator } from './cel/recording-elaborator.ts'
import { fuelMax, OutOfBudget } from './cel/frame.ts'
import { truth } from './cel/logic.ts'
import { macroNames } from './cel/macros.ts'
import { parseCel } from './syntax/parse-cel.ts'
import { SlotTable } from './slot-table.ts'
import type { Slots } from './slot-table.ts'
import { Failure, toJson } from './values/value.ts'
import type { Value } from './values/value.ts'

/** What a piece of a condition is. `clause` yields true or false and holds no other clause: a comparison, a test, a bool. */
export type ClauseKind = 'and' | 'or' | 'not' | 'choice' | 'clause' | 'operand'

export type ClauseOutcome =
  | { readonly state: 'value'; readonly value: JsonValue }
  | { readonly state: 'error'; readonly code: string; readonly message: string }
  /** What stood before it decided already, or it stands on the branch that was not taken. */
  | { readonly state: 'not_evaluated' }

/** A piece of a condition with what it yielded. */
export interface ClauseTree {
  readonly kind: ClauseKind
  /** As it is written. */
  readonly text: string
  /** Where it begins, characters into the condition's source. */
  readonly offset: number
  /** Set for plain reads: `lead.country`. */
  readonly path: string | null
  readonly outcome: ClauseOutcome
  readonly children: readonly ClauseTree[]
}

/** A condition taken apart: what is the same for every evaluation. */
interface Piece {
  readonly kind: ClauseKind
  readonly text: string
  readonly offset: number
  readonly code: Code
  readonly children: readonly Piece[]
}

const known = new WeakMap<Condition, Piece>()
const notEvaluated: ClauseOutcome = { state: 'not_evaluated' }

/**
 * Evaluates a condition and says what each of its pieces yielded: the whole first, below it the clauses that `&&`, `||`, `!` and
 * `?:` join, below each clause the values it read. The outcome of the whole is what `condition.evaluate` yields with the same
 * values; what was short-circuited is marked `not_evaluated`. Pure, bounded, never throws. Conditions that do not compile yield
 * one clause with their error.
 */
export function explainCondition(condition: Condition, values: VariableValues): ClauseTree {
  const piece = pieceOf(condition)
  const outcome = condition.evaluate(values)
  if (piece === null) return whole(condition, outcome)
  // Each piece has the whole budget of a condition: what they take together is bounded by their number.
  return { ...explained(piece, () => SlotTable.of(condition.variables).slots(values)), outcome }
}

/** The clauses of a condition without evaluating it: what there is to be seen true and false. Operands are left out. */
export function clausesOf(condition: Condition): ClauseTree {
  const piece = pieceOf(condition)
  return piece === null ? whole(condition, notEvaluated) : unevaluated(piece, false)
}

function whole({ source }: Condition, outcome: ClauseOutcome): ClauseTree {
  return { kind: 'clause', text: source, offset: 0, path: null, outcome, children: [] }
}

function pieceOf(condition: Condition): Piece | null {
  const made = known.get(condition)
  if (made !== undefined) return made
  const parsed = parseCel(condition.source)
  if ('problems' in parsed) return null
  const elaborator = new RecordingElaborator(condition.variables)
  const root = elaborator.elaborate(parsed.ast)
  if (elaborator.problems.length > 0) return null
  const numeric = root.type.kind === 'number' || root.type.kind === 'int'
  const piece = pieceAt(parsed.ast, numeric, condition.source, elaborator.codes)
  if (piece !== null) known.set(condition, piece)
  return piece
}

function pieceAt(
  node: CelNode,
  isOperand: boolean,
  source: string,
  codes: ReadonlyMap<CelNode, Code>,
): Piece | null {
  const code = codes.get(node)
  if (code === undefined) return null
  // A literal is always the same: there is nothing to see in it.
  const kind = isOperand || isLiteral(node) ? 'operand' : kindOf(node)
  const joins = kind !== 'clause' && kind !== 'operand'
  const nodes = joins ? joined(node) : operandsOf(node)
  return {
    kind,
    text: source.slice(node.start, node.end),
    offset: node.start,
    code,
    children: nodes.flatMap((child) => pieceAt(child, !joins, source, codes) ?? []),
  }
}

function kindOf(node: CelNode): ClauseKind {
  switch (node.op) {
    case '&&':
      return 'and'
    case '||':
      return 'or'
    case '!_':
      return 'not'
    case '?:':
      return 'choice'
    default:
      return 'clause'
  }
}

/** The parts that a joining node joins, in the order in which they are looked at. */
function joined(node: CelNode): readonly CelNode[] {
  if (node.op === '!_') return [node.args]
  if (node.op === '&&' || node.op === '||' || node.op === '?:') return node.args
  return []
}

/** What a clause works on, literals left out. The body of a macro has a value per element only, so it is left out as well. */
function operandsOf(node: CelNode): readonly CelNode[] {
  switch (node.op) {
    case 'value':
    case 'id':
    case '.':
      return []
    case 'rcall':
      return informative(macroNames.has(node.args[0]) ? [node.args[1]] : [node.args[1], ...node.args[2]])
    case 'call':
      return node.args[0] === 'has' ? [] : informative(node.args[1])
    case '-_':
      return informative([node.args])
    case 'list':
      return informative(node.args)
    case 'map':
      return informative(node.args.map(([, value]) => value))
    case '!_':
      return [node.args]
    default:
      return informative(node.args)
  }
}

function informative(nodes: readonly CelNode[]): readonly CelNode[] {
  return nodes.filter((node) => !isLiteral(node))
}

function isLiteral(node: CelNode): boolean {
  if (node.op === '-_') return isLiteral(node.args)
  if (node.op === 'list') return node.args.every(isLiteral)
  if (node.op === 'call') return node.args[1].every(isLiteral)
  return node.op === 'value'
}

function explained(piece: Piece, slots: () => Slots): ClauseTree {
  switch (piece.kind) {
    case 'and':
    case 'or':
      return junction(piece, slots, piece.kind === 'or')
    case 'not': {
      const children = piece.children.map((child) => explained(child, slots))
      const part = holds(children[0]?.outcome ?? notEvaluated)
      return tree(piece, typeof part === 'boolean' ? { state: 'value', value: !part } : part, children)
    }
    case 'choice':
      return choice(piece, slots)
    default: {
      const children = piece.children.map((child) => explained(child, slots))
      return tree(piece, run(piece.code, slots), children)
    }
  }
}

/** As `&&` and `||` are evaluated: the deciding value on either side decides, even when the other side fails. */
function junction(piece: Piece, slots: () => Slots, deciding: boolean): ClauseTree {
  const [leftPiece, rightPiece] = piece.children
  if (leftPiece === undefined || rightPiece === undefined)
    return tree(piece, run(piece.code, slots), piece.children.map(skipped))
  const left = explained(leftPiece, slots)
  const first = holds(left.outcome)
  const stops = first === deciding || (typeof first !== 'boolean' && isOutOfFuel(first))
  if (stops)
    return tree(piece, typeof first === 'boolean' ? valueOf(first) : first, [left, skipped(rightPiece)])
  const right = explained(rightPiece, slots)
  const second = holds(right.outcome)
  // Of two failures the first is told.
  const outcome = typeof first === 'boolean' || second === deciding ? second : first
  return tree(piece, typeof outcome === 'boolean' ? valueOf(outcome) : outcome, [left, right])
}

function choice(piece: Piece, slots: () => Slots): ClauseTree {
  const [test, yes, no] = piece.children
  if (test === undefined || yes === undefined || no === undefined)
    return tree(piece, run(piece.code, slots), piece.children.map(skipped))
  const tested = explained(test, slots)
  const taken = holds(tested.outcome)
  if (typeof taken !== 'boolean') return tree(piece, taken, [tested, skipped(yes), skipped(no)])
  const branch = explained(taken ? yes : no, slots)
  return tree(piece, branch.outcome, taken ? [tested, branch, skipped(no)] : [tested, skipped(yes), branch])
}

/** What a condition's part means where true or false is needed; what failed is handed back. */
function holds(outcome: ClauseOutcome): boolean | ClauseOutcome {
  if (outcome.state !== 'value') return outcome
  const held = truth(outcome.value)
  return typeof held === 'boolean' ? held : outcomeOf(held)
}

function run(code: Code, slots: () => Slots): ClauseOutcome {
  const frame = slots()
  frame.begin(fuelMax, 0)
  try {
    return outcomeOf(code.run(frame))
  } catch (failure) {
    if (failure instanceof OutOfBudget) return outcomeOf(failure.failure)
    return { state: 'error', code: 'NX-CONDITION-FAILED', message: errorText(failure) }
  }
}

function outcomeOf(value: Value): ClauseOutcome {
  if (!(value instanceof Failure)) return valueOf(toJson(value))
  return { state: 'error', code: value.code, message: value.message }
}

function valueOf(value: JsonValue): ClauseOutcome {
  return { state: 'value', value }
}

function isOutOfFuel(outcome: ClauseOutcome): boolean {
  return outcome.state === 'error' && /^NX-CONDITION-(FUEL|SIZE)$/.test(outcome.code)
}

function tree(piece: Piece, outcome: ClauseOutcome, children: readonly ClauseTree[]): ClauseTree {
  const { kind, text, offset, code } = piece
  return { kind, text, offset, path: code.path, outcome, children }
}

function skipped(piece: Piece): ClauseTree {
  return unevaluated(piece, true)
}

function unevaluated(piece: Piece, withOperands: boolean): ClauseTree {
  const children = piece.children.filter(({ kind }) => withOperands || kind !== 'operand')
  return tree(
    piece,
    notEvaluated,
    children.map((child) => unevaluated(child, withOperands)),
  )
}
