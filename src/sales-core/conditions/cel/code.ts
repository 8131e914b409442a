import type { FieldType } from '../../types/field-type.ts'
import type { CelNode } from '../syntax/cel-node.ts'
import type { SlotTable } from '../slot-table.ts'
import type { Value } from '../values/value.ts'
import type { Frame } from './frame.ts'

/** The type of a piece of an expression; `null` is the literal's. */
export type CelType = FieldType | { readonly kind: 'null'; readonly nullable: true }

/** A piece of an expression ready to run: yields its value, or a failure as a value. Throws nothing but OutOfBudget. */
export type Op = (frame: Frame) => Value

/** A piece of an expression, checked and ready to run. */
export interface Code {
  readonly type: CelType
  /** Set for plain reads: `lead.country`. */
  readonly path: string | null
  readonly run: Op
  /** The slot that a plain read reads. */
  readonly slot: number | null
  /** Set for what is always the same. */
  readonly constant: { readonly value: Value } | null
  /** Of `&&` and `||`: the parts that are joined. */
  readonly parts: { readonly op: '&&' | '||'; readonly ops: readonly Op[] } | null
}

/** Turns a node into code; problems are collected, and what is broken gets the type json so that checking goes on. */
export interface Elaborator {
  readonly table: SlotTable
  elaborate(node: CelNode): Code
  problem(node: { readonly start: number }, code: string, message: string, fix?: string | null): Code
  /** Elaborates nodes with one more local variable, in the slot it returns; `cost` is what one run of them may take, in steps. */
  withLocal(
    name: string,
    type: FieldType,
    nodes: readonly CelNode[],
  ): { slot: number; bodies: readonly Code[]; cost: number }
}

const plain: Partial<Omit<Code, 'type' | 'run'>> = {}

export function code(type: CelType, run: Op, more = plain): Code {
  // All of one shape, made at once: every node of every condition passes here.
  const { path = null, slot = null, constant = null, parts = null } = more
  return { type, run, path, slot, constant, parts }
}
