import { scopeName } from '../../control-plane/documents/document.ts'
import type { JsonValue } from '../../kernel/json.ts'
import type { ResolvedDocument } from '../../control-plane/resolution/resolved-document.ts'

/** What one layer says of a rule. */
export interface LayerPlace {
  /** `global`, `tenants/acme`. */
  readonly scope: string
  readonly outcome: string
  readonly why: string
  /** What the layer says about the condition; null: nothing. */
  readonly condition: string | null
}

/** The layers that a rule (`set/rule`) is made of, from global down. */
export function ruleOrigin(documents: readonly ResolvedDocument[], ref: string): readonly LayerPlace[] {
  const [set, id] = ref.split('/', 2)
  const document = documents.find(({ kind, name }) => kind === 'RuleSet' && name === set)
  const rules = document?.body['rules']
  if (document === undefined || !Array.isArray(rules)) return []
  const index = (rules as readonly { readonly id?: JsonValue }[]).findIndex((rule) => rule.id === id)
  if (index < 0) return []
  const conditions = new Map(
    document
      .history(['rules', index, 'when'])
      .map(({ scope, value, outcome, why }) => [
        scopeName(scope),
        { condition: typeof value === 'string' ? value : null, outcome, why },
      ]),
  )
  return document.history(['rules', index]).map(({ scope, outcome, why }) => {
    const name = scopeName(scope)
    const own = conditions.get(name)
    return {
      scope: name,
      outcome: own?.outcome ?? outcome,
      why: own?.why ?? why,
      condition: own?.condition ?? null,
    }
  })
}
