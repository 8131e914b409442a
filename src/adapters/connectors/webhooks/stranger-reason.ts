import type { JsonValue } from '../../../kernel/json.ts'
import type { CompiledAccount, CompiledWebhook } from './compile-webhook.ts'
import { valueIn } from './map-payload.ts'
import type { PayloadScope } from './map-payload.ts'

/**
 * Why a payload is not for this integration's account; null when it is, or when the key is the tenant's own. The first rule for which
 * both the payload and the connection name something decides.
 */
export function strangerReason(
  { account, accountOf }: Pick<CompiledWebhook, 'account' | 'accountOf'>,
  type: string | null,
  scope: PayloadScope,
): string | null {
  if (account === null) return null
  const rules = (type === null ? undefined : accountOf.get(type)) ?? account
  const unsaid: string[] = []
  for (const rule of rules) {
    const named = namedBy(rule, scope)
    if (named === undefined) continue
    const own = scope.connection[rule.connection]
    if (own === undefined || own === null) {
      unsaid.push(rule.connection)
      continue
    }
    return isSame(named, own, rule)
      ? null
      : `The payload is for another ${rule.connection} than this integration's`
  }
  if (unsaid.length > 0)
    return `The integration does not say which ${unsaid.join(' or ')} is its own: add it under connection`
  const names = rules.map(({ connection }) => connection).join(' or ')
  return `The payload names no ${names}, so it is not known whose it is`
}

function isSame(named: string | number, own: JsonValue, { ignoreCase }: CompiledAccount): boolean {
  return named === own || (ignoreCase && String(named).toLowerCase() === String(own).toLowerCase())
}

/** What is no text names nobody. */
function namedBy({ payload }: CompiledAccount, scope: PayloadScope): string | number | undefined {
  const named = valueIn(payload, scope)
  return typeof named === 'string' || typeof named === 'number' ? named : undefined
}
