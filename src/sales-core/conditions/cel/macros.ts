import type { ASTNode } from '@marcbachmann/cel-js'
import { jsonType } from '../../types/field-type.ts'
import type { FieldType } from '../../types/field-type.ts'
import { asFieldType, boolType, celTypeText, isOpen } from './cel-type.ts'
import type { Code, Elaborator } from './code.ts'
import { code } from './code.ts'
import { readerOf } from './read-value.ts'
import type { Frame } from './frame.ts'
import { EvaluationFailure, isList, isRecord, kindOf } from './value.ts'
import type { Value } from './value.ts'

export const macroNames: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'map', 'filter'])
export const macroNestingMax = 2

/** Elaborates `list.exists(x, condition)` and its kin. Over a map, x takes its keys. */
export function macro(
  name: string,
  node: ASTNode,
  over: Code,
  parameters: readonly ASTNode[],
  into: Elaborator,
): Code {
  const [variable, bodyNode, third] = parameters
  if (variable?.op !== 'id' || bodyNode === undefined || third !== undefined) {
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
  const itemType: FieldType =
    over.type.kind === 'list'
      ? over.type.of
      : over.type.kind === 'map'
        ? { kind: 'string', nullable: false }
        : jsonType
  const { slot, body, cost } = into.withLocal(variable.args, itemType, bodyNode)
  if (name !== 'map' && !isOpen(body.type) && body.type.kind !== 'bool') {
    return into.problem(
      bodyNode,
      'NX-CONDITION-TYPE',
      `${name} needs a condition and got a ${celTypeText(body.type)}`,
    )
  }
  return loop({ name, over, itemType, slot, body, cost })
}

interface Loop {
  readonly name: string
  readonly over: Code
  readonly itemType: FieldType
  readonly slot: number
  readonly body: Code
  readonly cost: number
}

function loop({ name, over, itemType, slot, body, cost }: Loop): Code {
  const read = readerOf(itemType, `${over.path ?? 'the list'}[…]`)
  const items = (frame: Frame): readonly Value[] => itemsOf(over.run(frame))
  const bodyOn = (frame: Frame, item: Value): Value => {
    frame.spend(cost)
    frame.locals[slot] = read(item)
    return body.run(frame)
  }
  switch (name) {
    case 'all':
      return code(boolType, (frame) => items(frame).every((item) => bodyOn(frame, item) === true))
    case 'exists':
      return code(boolType, (frame) => items(frame).some((item) => bodyOn(frame, item) === true))
    case 'exists_one':
      return code(
        boolType,
        (frame) => items(frame).filter((item) => bodyOn(frame, item) === true).length === 1,
      )
    case 'filter':
      return code({ kind: 'list', nullable: false, of: itemType }, (frame) =>
        items(frame).filter((item) => bodyOn(frame, item) === true),
      )
    default:
      return code({ kind: 'list', nullable: false, of: asFieldType(body.type) }, (frame) =>
        items(frame).map((item) => bodyOn(frame, item)),
      )
  }
}

function itemsOf(value: Value): readonly Value[] {
  if (value === null) return []
  if (isList(value)) return value
  if (isRecord(value)) return Object.keys(value)
  throw new EvaluationFailure('NX-CONDITION-DATA', `Needs a list or a map and got a ${kindOf(value)}`)
}
