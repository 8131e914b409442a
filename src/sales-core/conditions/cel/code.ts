import type { ASTNode } from '@marcbachmann/cel-js'
import type { FieldType } from '../../types/field-type.ts'
import type { Frame } from './frame.ts'
import type { Value } from './value.ts'

/** The type of a piece of an expression; `null` is the literal's. */
export type CelType = FieldType | { readonly kind: 'null'; readonly nullable: true }

/** A piece of an expression, checked and ready to run. `path` is set for plain reads: `lead.country`. */
export interface Code {
  readonly type: CelType
  readonly path: string | null
  run(frame: Frame): Value
}

/** Turns a node into code; problems are collected, and what is broken gets the type json so that checking goes on. */
export interface Elaborator {
  elaborate(node: ASTNode): Code
  problem(node: { readonly start: number }, code: string, message: string, fix?: string | null): Code
  /** Elaborates `node` with one more local variable, in the slot it returns; `cost` is what one run may take, in steps. */
  withLocal(name: string, type: FieldType, node: ASTNode): { slot: number; body: Code; cost: number }
}

export function code(type: CelType, run: (frame: Frame) => Value, path: string | null = null): Code {
  return { type, run, path }
}
