import type { Integration } from '../integration.ts'
import type { SecretResolver } from '../auth/secret-resolver.ts'

/** What an integration proves itself with, by name. */
export interface OpenCredentials {
  readonly credentials: Readonly<Record<string, string>>
  /** Those that are secrets, as stored and without white space around them: nothing may show them. */
  readonly secrets: readonly string[]
  /** Secrets that the tenant does not have. */
  readonly missing: readonly string[]
}

/** Opens the credentials of an integration. Throws what the store throws. */
export async function openCredentials(
  tenantId: string,
  { credentials: sources }: Pick<Integration, 'credentials'>,
  resolver: SecretResolver,
): Promise<OpenCredentials> {
  const credentials: Record<string, string> = {}
  const secrets: string[] = []
  const missing: string[] = []
  for (const [name, source] of Object.entries(sources)) {
    if ('value' in source) {
      credentials[name] = source.value
      continue
    }
    const secret = await resolver.resolve(tenantId, source.secret)
    if (secret === null) missing.push(source.secret)
    else {
      credentials[name] = secret
      secrets.push(secret, secret.trim())
    }
  }
  return { credentials, secrets, missing }
}
