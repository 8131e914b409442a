import type { ASTNode } from '@marcbachmann/cel-js'
import { parseCel } from '../cel/parse.ts'
import { termText } from './term-text.ts'

/** The fields that an expression reads: `lead.country`, `lead.consent.sms`. Shorter paths of the same read are listed too. */
export function readsOf(source: string): ReadonlySet<string> {
  const parsed = parseCel(source)
  const found = new Set<string>()
  if ('problem' in parsed) return found
  const waiting: unknown[] = [parsed.ast]
  while (waiting.length > 0) {
    const part = waiting.pop()
    if (Array.isArray(part)) waiting.push(...(part as unknown[]))
    else if (typeof part === 'object' && part !== null && 'op' in part) {
      const node = part as ASTNode
      if (node.op === '.') found.add(termText(node))
      waiting.push(node.args)
    }
  }
  return found
}

/** Does a write to one path change what a read of the other sees? */
export function pathsMeet(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}.`) || b.startsWith(`${a}.`)
}
