import type { CelNode } from '../syntax/cel-node.ts'
import { nodesBelow } from '../syntax/cel-node.ts'
import { parseCel } from '../syntax/parse-cel.ts'
import { termText } from './term-text.ts'

/** The fields that an expression reads: `lead.country`, `lead.consent.sms`. Shorter paths of the same read are listed too. */
export function readsOf(source: string): ReadonlySet<string> {
  const parsed = parseCel(source)
  const found = new Set<string>()
  if ('problems' in parsed) return found
  const waiting: CelNode[] = [parsed.ast]
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (node.op === '.') found.add(termText(node))
    waiting.push(...nodesBelow(node))
  }
  return found
}

/** Does a write to one path change what a read of the other sees? */
export function pathsMeet(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}.`) || b.startsWith(`${a}.`)
}
