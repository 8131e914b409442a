import { NxError } from '../../kernel/errors.ts'
import { isJsonObject } from '../../kernel/json.ts'
import type { JsonObject } from '../../kernel/json.ts'

/** What a flag holds as a JSON object. Throws NX-USAGE. */
export function jsonObjectFlag(flag: string, text: string): JsonObject {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    value = undefined
  }
  if (isJsonObject(value)) return value
  throw new NxError('usage', 'NX-USAGE', `${flag} is not a JSON object`, {
    fix: `Quote it for the shell: ${flag} '{"name":"Ada"}'`,
  })
}
