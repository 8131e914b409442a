import type { JsonValue } from '../../kernel/json.ts'
import type { FieldType } from './field-type.ts'

const noItems: readonly JsonValue[] = Object.freeze([])
const noMembers = Object.freeze({})

/** What an absent value of this type reads as: its default, null where `?` allows it, else the zero of its type. */
export function zeroValue(type: FieldType): JsonValue {
  if (type.defaultValue !== undefined) return type.defaultValue
  if (type.nullable) return null
  switch (type.kind) {
    case 'string':
      return ''
    case 'number':
    case 'int':
      return 0
    case 'bool':
      return false
    case 'timestamp':
      return '1970-01-01T00:00:00Z'
    case 'duration':
      return '0s'
    case 'json':
      return null
    case 'list':
      return noItems
    case 'map':
    case 'struct':
      return noMembers
  }
}
