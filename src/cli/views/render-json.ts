import type { JsonValue } from '../../kernel/json.ts'
import { plainText } from '../text/plain-text.ts'

/** A JSON value for a person: indented, safe to print. */
export function renderJson(value: JsonValue): string {
  return plainText(JSON.stringify(value, null, 2))
}
