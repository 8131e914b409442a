import type { SecretResolver } from '../auth/secret-resolver.ts'
import type { WebhookKeys } from './verify-signature.ts'

/** Where a key comes from: written out, or a secret of the tenant. */
export type WebhookKeySource = { readonly value: string } | { readonly secret: string }

/** Several of one name while one takes over from another. */
export type WebhookKeySources = Readonly<
  Record<string, string | WebhookKeySource | readonly WebhookKeySource[]>
>

/** The keys, opened. A secret that there is not is left out: what is signed with it is then refused for want of a key. */
export async function openKeys(
  sources: WebhookKeySources,
  opener: SecretResolver,
  tenantId: string,
): Promise<WebhookKeys> {
  const opened: Record<string, readonly string[]> = {}
  for (const [name, given] of Object.entries(sources)) {
    const keys: string[] = []
    for (const source of listOf(given)) {
      const text = 'value' in source ? source.value : await opener.resolve(tenantId, source.secret)
      // A secret read from a file often ends in a line feed.
      if (text !== null && text.trim() !== '') keys.push(text.trim())
    }
    opened[name] = keys
  }
  return opened
}

/** Those that are written out. */
export function plainKeys(sources: WebhookKeySources): WebhookKeys {
  return Object.fromEntries(
    Object.entries(sources).map(([name, given]) => [
      name,
      listOf(given).flatMap((source) => ('value' in source ? [source.value] : [])),
    ]),
  )
}

function listOf(given: WebhookKeySources[string]): readonly WebhookKeySource[] {
  if (typeof given === 'string') return [{ value: given }]
  return Array.isArray(given) ? (given as readonly WebhookKeySource[]) : [given as WebhookKeySource]
}
