import type { ASTNode } from '@marcbachmann/cel-js'

/**
 * Where a node is written. The parser's own range leaves out brackets around the first and the last operand; here they are
 * taken in, so that the text stands for itself. Brackets around the whole node stay out.
 */
export function sourceRange(node: ASTNode, source: string): { readonly from: number; readonly to: number } {
  let [from, to] = [node.start, node.end]
  const { opening, closing } = missing(source.slice(from, to))
  for (let left = opening; left > 0; left -= 1) from = source.lastIndexOf('(', from - 1)
  for (let left = closing; left > 0; left -= 1) to = source.indexOf(')', to) + 1
  // Not bracketed as the parser understood it: its own range is the best there is.
  return from < 0 || to <= 0 ? { from: node.start, to: node.end } : { from, to }
}

/** The brackets that a text lacks at its beginning and at its end; those inside quotes do not count. */
function missing(text: string): { readonly opening: number; readonly closing: number } {
  let [depth, opening] = [0, 0]
  let quote: string | null = null
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at)
    if (quote !== null) {
      if (char === '\\') at += 1
      else if (char === quote) quote = null
    } else if (char === '"' || char === "'") quote = char
    else if (char === '(') depth += 1
    else if (char === ')') {
      if (depth === 0) opening += 1
      else depth -= 1
    }
  }
  return { opening, closing: depth }
}
