import type { JsonValue } from '../../../kernel/json.ts'

/** A text that the reader of simple YAML leaves to the full parser. */
export const notSimple = Symbol('not simple')

const simpleNumber = /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,10})?$/

/** Everything that YAML 1.2's core schema reads as a number. */
const anyNumber =
  /^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)|[-+]?(?:\.[0-9]+|[0-9]+\.?[0-9]*)(?:[eE][-+]?[0-9]+)?)$/

/** What an unquoted text stands for in the core schema. Numbers written in unusual ways are left to the full parser. */
export function plainScalar(text: string): JsonValue | typeof notSimple {
  const first = text.charCodeAt(0)
  // Digits, + - and the dot.
  if ((first >= 0x30 && first <= 0x39) || first === 0x2b || first === 0x2d || first === 0x2e) {
    if (simpleNumber.test(text)) {
      const number = Number(text)
      return number === 0 ? 0 : number
    }
    return anyNumber.test(text) ? notSimple : text
  }
  switch (text) {
    case 'true':
      return true
    case 'false':
      return false
    case 'null':
      return null
    case '':
    case '~':
    case 'True':
    case 'TRUE':
    case 'False':
    case 'FALSE':
    case 'Null':
    case 'NULL':
      return notSimple
    default:
      return text
  }
}
