/**
 * JSON text that jsonb takes. jsonb cannot hold U+0000 or half a surrogate pair, which JSON can: both become U+FFFD, the
 * replacement character, as text decoders do. Doors that can refuse input refuse these characters before this.
 */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value)
  // Cheap for nearly all texts: neither can occur without an escape.
  return text.includes('\\u') ? JSON.stringify(value, replaceUnstorable) : text
}

function replaceUnstorable(_key: string, value: unknown): unknown {
  if (typeof value === 'string') return storable(value)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  if (Object.keys(value).every((key) => storable(key) === key)) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [storable(key), member]))
}

function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd')
}
