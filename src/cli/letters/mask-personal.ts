import { isJsonObject } from '../../kernel/json.ts'
import type { JsonValue } from '../../kernel/json.ts'

const address = /([\p{L}\p{N}])[\p{L}\p{N}._%+-]{0,63}@([\p{L}\p{N}.-]{1,253})/gu
const phone = /\+\d[\d ().-]{5,20}(\d{2})/g
const personal =
  /^(e-?mail|phone|mobile|tel|telephone|whatsapp|address\d?|street|birth(day|date)?|date_?of_?birth|iban)$/i
const secret = /token|secret|passw|authori[sz]ation|api_?key|signature|cookie/i

/**
 * A value for a screen that others may see: e-mail addresses, telephone numbers and what is named like personal data or a
 * credential are masked; shapes, ids and everything else stay.
 */
export function maskPersonal(value: JsonValue): JsonValue {
  if (typeof value === 'string') return value.replaceAll(address, '$1***@$2').replaceAll(phone, '+***$1')
  if (Array.isArray(value)) return value.map((item: JsonValue) => maskPersonal(item))
  if (!isJsonObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      if (member === undefined || member === null || typeof member === 'boolean') return [name, member]
      const hidden =
        secret.test(name) || (personal.test(name) && !isJsonObject(member) && !Array.isArray(member))
      if (!hidden) return [name, maskPersonal(member)]
      const masked = typeof member === 'string' ? maskPersonal(member) : member
      return [name, masked === member || secret.test(name) ? '***' : masked]
    }),
  )
}
