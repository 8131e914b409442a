import type { JsonObject, JsonValue } from '../../../kernel/json.ts'
import { isJsonObject } from '../../../kernel/json.ts'
import { secretNamePattern } from '../../../platform/secrets/set-secret.ts'

/** What stands in a report where a secret stood. */
export const hiddenText = '(hidden)'

const secretField =
  /^(?:.*[._-])?(?:credentials?|secrets?|passwords?|passwd|passphrase|tokens?|api[_-]?keys?|private[_-]?keys?|access[_-]?keys?|authorization|cookie)$|(?:Secret|Password|Token|ApiKey|PrivateKey|AccessKey|Credentials?)$/i

const secretText =
  /-----BEGIN [A-Z ]*PRIVATE KEY-----|\beyJ[\w-]{8,}\.[\w-]{8,}\.|\b(?:sk|pk|rk)_(?:live|test)_\w{8,}|\bgh[opsu]_\w{20,}|\bgithub_pat_\w{20,}|\bAKIA[0-9A-Z]{12,}|\bxox[abprs]-[\w-]{10,}|\bBearer\s+[\w.~+/-]{16,}|\bpit-[0-9a-f]{8}-|[?&](?:\w*[_-])?(?:api_?key|token|secret|password|access_?key|signature)=[^\s&#{}]{8,}|:\/\/[^/\s:@]*:[^/\s@]+@/i

/** Bits a character of random base64 or hex have at least, and few identifiers do. */
const entropyMin = 3.6
const randomLengthMin = 24

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Is it a field whose text is not shown, whatever it is? */
export function isSecretField(part: string | number): boolean {
  return typeof part === 'string' && secretField.test(part)
}

/** Does a text look like a secret: a known format, or long and random? */
export function looksSecret(text: string): boolean {
  if (secretText.test(text)) return true
  return (text.match(/[\w+/=-]{24,}/g) ?? []).some(
    (word) =>
      !uuid.test(word) &&
      word.length >= randomLengthMin &&
      /\d/.test(word) &&
      /[a-z]/i.test(word) &&
      entropy(word) >= entropyMin,
  )
}

/** A value as it may be shown: texts in secret fields, and texts that look like secrets, are replaced. Numbers and flags stay. */
export function hideSecrets(value: JsonValue, path: readonly (string | number)[]): JsonValue {
  if (isSecretName(value, path)) return value
  const inside = path.some(isSecretField)
  if (typeof value === 'string') return inside || looksSecret(value) ? hiddenText : value
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map((item) => hideSecrets(item, path))
  if (!isJsonObject(value)) return value
  const shown: [string, JsonValue][] = Object.entries(value).flatMap(([key, inner]) =>
    inner === undefined ? [] : [[key, hideSecrets(inner, [...path, key])]],
  )
  return Object.fromEntries(shown) as JsonObject
}

/** `token: { secret: crm-token }` names a stored secret and holds none: who reads a plan must see which one it becomes. */
function isSecretName(value: JsonValue, path: readonly (string | number)[]): boolean {
  if (path.at(-1) !== 'secret' || typeof value !== 'string' || !secretNamePattern.test(value)) return false
  return !secretText.test(value) && !value.split('-').some(looksSecret)
}

/** Shannon's, in bits a character. */
function entropy(word: string): number {
  const counts = new Map<string, number>()
  for (const char of word) counts.set(char, (counts.get(char) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= (count / word.length) * Math.log2(count / word.length)
  return bits
}
