import type { DocumentKind, MergePolicy, MergeRule } from '../../documents/document-kind.ts'

/** Merge rules as a tree over keys; `*` stands for any key and any item. */
interface RuleNode {
  policy: MergePolicy | null
  readonly children: Map<string, RuleNode>
}

/** The rules that hold at one place of a document: those that name it, before those that match it by `*`. */
export type RuleCursor = readonly RuleNode[]

const none: RuleCursor = []
const compiled = new WeakMap<DocumentKind, RuleCursor>()

/** The rules of a kind at the root of its documents. A kind without rules, and an unknown one, merges by the defaults. */
export function rulesOf(kind: DocumentKind | undefined): RuleCursor {
  if (kind?.merge === undefined) return none
  const known = compiled.get(kind)
  if (known !== undefined) return known
  const cursor = compileRules(kind.merge)
  compiled.set(kind, cursor)
  return cursor
}

/** Compiles rules as a kind declares them. */
export function compileRules(rules: readonly MergeRule[]): RuleCursor {
  const root: RuleNode = { policy: null, children: new Map() }
  for (const { path, policy } of rules) {
    let node = root
    for (const part of path.split('.')) {
      const next = node.children.get(part) ?? { policy: null, children: new Map<string, RuleNode>() }
      node.children.set(part, next)
      node = next
    }
    node.policy = policy
  }
  return [root]
}

/** The rules one step down. `*` for an item of a list. */
export function below(cursor: RuleCursor, key: string): RuleCursor {
  if (cursor.length === 0) return none
  const named = key === '*' ? [] : cursor.flatMap(({ children }) => children.get(key) ?? [])
  const any = cursor.flatMap(({ children }) => children.get('*') ?? [])
  return named.length + any.length === 0 ? none : [...named, ...any]
}

/** What the rules say about a place: mappings deep, everything else replaced, unless they say more. */
export function policyOf(cursor: RuleCursor): MergePolicy {
  return cursor.find(({ policy }) => policy !== null)?.policy ?? 'deep'
}

/** The field by which a list's items are told apart here; null when they are not. */
export function itemKeyOf(cursor: RuleCursor): string | null {
  const policy = policyOf(cursor)
  return typeof policy === 'object' ? policy.by : null
}

/** Is there a place here or below where a layer adds to the list above, so that saying the same again makes a difference? */
export function appends(cursor: RuleCursor): boolean {
  return cursor.some(({ policy, children }) => policy === 'append' || appends([...children.values()]))
}
