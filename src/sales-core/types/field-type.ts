import type { JsonValue } from '../../kernel/json.ts'

/** Types with no inside. `json` is anything; `int` is a number without a fraction. */
export type ScalarKind = 'string' | 'number' | 'int' | 'bool' | 'timestamp' | 'duration' | 'json'

interface TypeBase {
  /** May be absent or null; otherwise an absent value reads as the default, else as the type's zero. */
  readonly nullable: boolean
  readonly defaultValue?: JsonValue
}

export interface ScalarType extends TypeBase {
  readonly kind: ScalarKind
}

export interface CollectionType extends TypeBase {
  readonly kind: 'list' | 'map'
  readonly of: FieldType
}

export interface StructType extends TypeBase {
  readonly kind: 'struct'
  readonly fields: ReadonlyMap<string, FieldType>
}

/** The declared type of a field, of an event's data, or of a whole entity. */
export type FieldType = ScalarType | CollectionType | StructType

/** A type that may not be absent. */
export function scalar(kind: ScalarKind, nullable = false): ScalarType {
  return { kind, nullable }
}

export function structOf(fields: Readonly<Record<string, FieldType>>): StructType {
  return { kind: 'struct', nullable: false, fields: new Map(Object.entries(fields)) }
}

export function listOf(of: FieldType): CollectionType {
  return { kind: 'list', nullable: false, of }
}

export const jsonType: ScalarType = scalar('json', true)

/** The same type, allowed to be absent. */
export function nullable(type: FieldType): FieldType {
  return type.nullable ? type : { ...type, nullable: true }
}

/** As it is written in a document: `list<string>?`. */
export function typeText(type: FieldType): string {
  const mark = type.nullable && type.kind !== 'json' ? '?' : ''
  switch (type.kind) {
    case 'list':
    case 'map':
      return `${type.kind}<${typeText(type.of)}>${mark}`
    case 'struct':
      return `{ ${[...type.fields.keys()].slice(0, 5).join(', ')}${type.fields.size > 5 ? ', …' : ''} }${mark}`
    case 'string':
    case 'number':
    case 'int':
    case 'bool':
    case 'timestamp':
    case 'duration':
    case 'json':
      return `${type.kind}${mark}`
  }
}

/** The declared type at `a.b.c` below a struct; null when nothing of that name is declared. Below json everything is json. */
export function typeAt(root: FieldType, path: string): FieldType | null {
  let current = root
  let absent = false
  for (const key of path.split('.')) {
    if (current.kind === 'json') return jsonType
    if (current.kind === 'map') {
      current = current.of
      absent = true
      continue
    }
    if (current.kind !== 'struct') return null
    const next = current.fields.get(key)
    if (next === undefined) return null
    current = next
  }
  return absent ? nullable(current) : current
}
