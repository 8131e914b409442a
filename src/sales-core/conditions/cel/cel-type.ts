import type { FieldType } from '../../types/field-type.ts'
import { jsonType, nullable, scalar, typeText } from '../../types/field-type.ts'
import type { CelType } from './code.ts'

export const boolType = scalar('bool')
export const numberType = scalar('number')
export const stringType = scalar('string')
export const timestampType = scalar('timestamp')
export const durationType = scalar('duration')
export const nullType = { kind: 'null', nullable: true } as const

/** int and number are one type to conditions: JSON has no integers. */
export function kindOfType(type: CelType): Exclude<CelType['kind'], 'int'> {
  return type.kind === 'int' ? 'number' : type.kind
}

/** Could the value be anything? */
export function isOpen(type: CelType): boolean {
  return type.kind === 'json' || type.kind === 'null'
}

export function asFieldType(type: CelType): FieldType {
  return type.kind === 'null' ? jsonType : type
}

export function celTypeText(type: CelType): string {
  return type.kind === 'null' ? 'null' : typeText(type)
}

/** Absent when one of the sources may be absent. */
export function nullableIf(type: FieldType, ...sources: readonly CelType[]): FieldType {
  return sources.some((source) => source.nullable) ? nullable(type) : type
}

/** The type of a value that is either; json when they have nothing in common. */
export function unified(a: CelType, b: CelType): CelType {
  if (a.kind === 'null') return b.kind === 'null' ? b : nullable(b)
  if (b.kind === 'null') return nullable(a)
  if (kindOfType(a) !== kindOfType(b)) return jsonType
  return nullableIf(a, b)
}

/** Could a value of one type ever equal a value of the other? */
export function comparable(a: CelType, b: CelType): boolean {
  if (a.kind === 'null' || b.kind === 'null') return a.nullable && b.nullable
  if (isOpen(a) || isOpen(b)) return true
  if (a.kind === 'list' && b.kind === 'list') return comparable(a.of, b.of)
  const [left, right] = [kindOfType(a), kindOfType(b)]
  return left === right || (left === 'struct' && right === 'map') || (left === 'map' && right === 'struct')
}
