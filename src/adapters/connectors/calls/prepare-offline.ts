import { randomBytes } from 'node:crypto'
import type { Clock } from '../../../kernel/clock.ts'
import { ConnectorAuthorizer } from '../auth/authorizer.ts'
import type { AccessTokens } from '../auth/access-tokens.ts'
import { CallPreparer } from './call-preparer.ts'
import type { CallWish, Preparation } from './call-preparer.ts'

/**
 * Prepares a call without any secret: random text stands for each, and for tokens, and `redact` masks it together with what is signed
 * with it. What the input is refused for is in the outcome.
 */
export async function prepareOffline(wish: CallWish, clock: Clock): Promise<Preparation> {
  const token = standIn()
  const accessTokens: AccessTokens = {
    get: async () => ({ state: 'token', token, version: 0, connection: {} }),
    invalidate: async () => {},
  }
  const secrets = { resolve: async () => standIn() }
  const preparer = new CallPreparer(secrets, new ConnectorAuthorizer(accessTokens, clock))
  return await preparer.prepare(wish, new AbortController().signal)
}

/** Base64 of 27 bytes, so that it will do for keys too. */
function standIn(): string {
  return randomBytes(18).toString('hex')
}
