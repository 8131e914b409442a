import type { Scalar } from 'yaml'

/**
 * Where the character at `offset` of a scalar's parsed text stands in the file's text. Exact for every style of
 * scalar, folded ones included, except that white space at a fold is taken for the place before it. An offset at or behind the text's end
 * gives the place after its last character.
 */
export function scalarOffset(scalar: Scalar, offset: number, text: string): number {
  const range = scalar.range
  const value = scalar.value
  if (range == null || typeof value !== 'string') return range?.[0] ?? 0
  const source = text.slice(range[0], range[1])
  const places = placesOf(scalar.type, source)
  if (places === null) return range[0]
  return range[0] + (alignedPlace(value, source, places, offset) ?? 0)
}

/** For every character the source contributes, in order: where it begins. White space is aligned later. Null: cannot tell. */
type Places = readonly { readonly char: string; readonly at: number }[]

function placesOf(type: Scalar['type'], source: string): Places | null {
  switch (type) {
    case 'PLAIN':
      return solid(source, 0, source.length)
    case 'QUOTE_SINGLE':
      return solid(source, 1, source.length - 1, "''")
    case 'QUOTE_DOUBLE':
      return source.includes('\n')
        ? unescaped(source).filter(({ char }) => !/\s/.test(char))
        : unescaped(source)
    case 'BLOCK_LITERAL':
    case 'BLOCK_FOLDED':
      return solid(source, source.indexOf('\n') + 1, source.length)
    default:
      return null
  }
}

/** The characters that folding and indentation leave alone: those that are not white space. */
function solid(source: string, from: number, to: number, doubled = ''): Places {
  const places: { char: string; at: number }[] = []
  for (let at = from; at < to; at += 1) {
    const char = source[at] as string
    if (/\s/.test(char)) continue
    places.push({ char, at })
    if (doubled !== '' && source.startsWith(doubled, at)) at += doubled.length - 1
  }
  return places
}

const escapeLengths: Readonly<Record<string, number>> = { x: 4, u: 6, U: 10 }

/** Escapes of one letter that stand for white space; a backslash before a line end stands for nothing and counts as such. */
const spaceEscapes = 'tnrvf _LP\t\r\n'

/** A double-quoted text, escapes as one character each (a pair for those beyond the first plane). */
function unescaped(source: string): Places {
  const places: { char: string; at: number }[] = []
  for (let at = 1; at < source.length - 1;) {
    const escape = source[at] === '\\' ? (source[at + 1] as string) : null
    const length = escape === null ? 1 : (escapeLengths[escape] ?? 2)
    const decoded =
      escape === null ? (source[at] as string) : decodedEscape(escape, source.slice(at + 2, at + length))
    for (const char of decoded.split('')) places.push({ char, at })
    at += length
  }
  return places
}

/** What an escape stands for, as far as it matters here: white space, or some other character. */
function decodedEscape(escape: string, hex: string): string {
  if (hex !== '') return String.fromCodePoint(Math.min(Number.parseInt(hex, 16), 0x10ffff))
  return spaceEscapes.includes(escape) ? ' ' : escape
}

function alignedPlace(value: string, source: string, places: Places, offset: number): number | null {
  const end = Math.min(Math.max(offset, 0), value.length)
  const exact = places.length === value.length
  if (exact) return end < places.length ? (places[end]?.at ?? null) : afterLast(source, places)
  if (solidCount(value) !== places.length) return null
  const before = solidCount(value.slice(0, end))
  if (end < value.length && !/\s/.test(value[end] as string)) return places[before]?.at ?? null
  const previous = places[before - 1]
  if (previous === undefined) return places[0]?.at ?? null
  const width = source.startsWith("'") && source.startsWith("''", previous.at) ? 2 : 1
  return previous.at + width + trailingSpace(value.slice(0, end))
}

function afterLast(source: string, places: Places): number {
  const last = places.at(-1)
  if (last === undefined) return source.length > 1 ? 1 : 0
  return /^["']/.test(source) ? source.length - 1 : last.at + 1
}

function solidCount(text: string): number {
  return text.replaceAll(/\s/g, '').length
}

function trailingSpace(text: string): number {
  return text.length - text.trimEnd().length
}
