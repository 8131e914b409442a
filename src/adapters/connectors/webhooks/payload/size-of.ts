import type { JsonValue } from '../../../../kernel/json.ts'

/** About how many characters a value takes as JSON, however deeply it is nested. */
export function sizeOf(value: JsonValue | undefined): number {
  let size = 0
  const left: Array<JsonValue | undefined> = [value]
  while (left.length > 0) {
    const one = left.pop()
    size += typeof one === 'string' ? one.length + 3 : 3
    if (typeof one !== 'object' || one === null) continue
    for (const [name, inner] of Object.entries(one) as ReadonlyArray<[string, JsonValue | undefined]>) {
      if (!Array.isArray(one)) size += name.length + 3
      left.push(inner)
    }
  }
  return size
}
