import { jsonType } from '../../types/field-type.ts'
import type { FieldType } from '../../types/field-type.ts'
import type { CelNode } from '../syntax/cel-node.ts'
import { readerOf } from '../values/read-value.ts'
import type { Reader } from '../values/read-value.ts'
import { asFieldType, boolType, celTypeText, isOpen } from './cel-type.ts'
import type { Code, Elaborator, Op } from './code.ts'
import { code } from './code.ts'
import { truthOp } from './logic.ts'
import { allOp, existsOneOp, existsOp, gatherOp, holdsConstantOp } from './loops.ts'
import type { Loop } from './loops.ts'

export const macroNames: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'map', 'filter'])
export const macroNestingMax = 2

/** Elaborates `list.exists(x, condition)` and its kin. Over a map, x takes its keys. */
export function macro(
  name: string,
  node: CelNode,
  over: Code,
  parameters: readonly CelNode[],
  into: Elaborator,
): Code {
  const [variable, ...bodyNodes] = parameters
  const isRight = bodyNodes.length === 1 || (name === 'map' && bodyNodes.length === 2)
  if (variable?.op !== 'id' || !isRight) {
    return into.problem(
      node,
      'NX-CONDITION-SYNTAX',
      `${name} takes a name and an expression`,
      `Write \`list.${name}(x, …)\`.`,
    )
  }
  if (!isOpen(over.type) && over.type.kind !== 'list' && over.type.kind !== 'map') {
    return into.problem(
      node,
      'NX-CONDITION-TYPE',
      `${name} goes over a list or a map, not a ${celTypeText(over.type)}`,
    )
  }
  const itemType = itemTypeOf(over)
  const { slot, bodies, cost } = into.withLocal(variable.args, itemType, bodyNodes)
  const test = name !== 'map' ? bodies[0] : bodies.length === 2 ? bodies[0] : undefined
  if (test !== undefined && !isOpen(test.type) && test.type.kind !== 'bool') {
    return into.problem(
      bodyNodes[0] ?? node,
      'NX-CONDITION-TYPE',
      `${name} needs a condition and got a ${celTypeText(test.type)}`,
    )
  }
  const read = elementReader(over, itemType, into)
  const loop: Loop = { over: over.run, slot, read, cost, absentIsEmpty: true }
  const body = bodies.at(-1) as Code
  switch (name) {
    case 'all':
      return code(boolType, allOp(loop, truthOp(body)))
    case 'exists':
      return code(
        boolType,
        search(bodyNodes[0], variable.args, over, read, into) ?? existsOp(loop, truthOp(body)),
      )
    case 'exists_one':
      return code(boolType, existsOneOp(loop, truthOp(body)))
    case 'filter':
      return code({ kind: 'list', nullable: false, of: itemType }, gatherOp(loop, truthOp(body), null))
    default: {
      const where = test === undefined ? null : truthOp(test)
      return code(
        { kind: 'list', nullable: false, of: asFieldType(body.type) },
        gatherOp(loop, where, body.run),
      )
    }
  }
}

function itemTypeOf({ type }: Code): FieldType {
  if (type.kind === 'list') return type.of
  return type.kind === 'map' ? { kind: 'string', nullable: false } : jsonType
}

/** One reader for all conditions that go over a list. */
function elementReader(over: Code, type: FieldType, into: Elaborator): Reader {
  const path = `${over.path ?? 'the list'}[…]`
  return over.path === null
    ? readerOf(type, path)
    : into.table.shared(`reader ${path}`, () => readerOf(type, path))
}

/** `tags.exists(t, t == "vip")` is a search; null for anything else. */
function search(
  body: CelNode | undefined,
  name: string,
  { type, run, slot }: Code,
  read: Reader,
  { table }: Elaborator,
): Op | null {
  if (body?.op !== '==' || type.kind !== 'list') return null
  const [left, right] = body.args
  const other = left.op === 'id' && left.args === name ? right : left
  const isName = (left.op === 'id' && left.args === name) || (right.op === 'id' && right.args === name)
  if (!isName || other.op !== 'value') return null
  const wanted = typeof other.args === 'bigint' ? Number(other.args) : other.args
  if (typeof wanted !== 'string' && typeof wanted !== 'number') return null
  if (slot === null) return holdsConstantOp(run, wanted, read)
  return table.ops.of(slot, 'exists ==', wanted, () => holdsConstantOp(run, wanted, read))
}
