import { isJsonObject, readPath } from '../../../../kernel/json.ts'
import type { JsonValue } from '../../../../kernel/json.ts'
import type { PathCondition, PayloadMatch } from '../webhook-definition.ts'

/** Do all conditions hold? */
export function payloadMatches(payload: JsonValue, match: PayloadMatch): boolean {
  return Object.entries(match).every(([path, condition]) => fits(readPath(payload, path), condition))
}

function fits(value: JsonValue | undefined, condition: PathCondition): boolean {
  if (!isJsonObject(condition)) return value === condition
  if ('exists' in condition) return (value !== undefined && value !== null) === condition.exists
  if ('type' in condition) return value !== undefined && typeName(value) === condition.type
  if ('oneOf' in condition)
    return Array.isArray(condition.oneOf) && (condition.oneOf as readonly JsonValue[]).includes(value ?? null)
  if ('otherThan' in condition)
    return Array.isArray(condition.otherThan) && isOther(value, condition.otherThan as readonly JsonValue[])
  return false
}

/** Nothing is not other than something. */
function isOther(value: JsonValue | undefined, than: readonly JsonValue[]): boolean {
  return value !== undefined && value !== null && !than.includes(value)
}

/** `string`, `number`, `boolean`, `null`, `list` or `object`. */
export function typeName(value: JsonValue): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'list' : typeof value
}
