import { randomUUID } from 'node:crypto'
import type { Clock } from '../../../kernel/clock.ts'
import type { JsonObject } from '../../../kernel/json.ts'
import type { OutgoingRequest } from '../../http/outgoing-request.ts'
import { tokenAuthOf } from '../definition/auth-definition.ts'
import type { AuthDefinition } from '../definition/auth-definition.ts'
import { requireCleanSecrets } from './clean-headers.ts'
import type { AccessTokens, TokenAnswer, TokenOwner } from './access-tokens.ts'
import { applyAuth } from './apply-auth.ts'

/** What a call has to prove itself with. */
export interface AuthAsk {
  readonly owner: TokenOwner
  readonly auth: AuthDefinition
  /** Opened secrets by name. */
  readonly credentials: Readonly<Record<string, string>>
  readonly connection: JsonObject
  readonly signal: AbortSignal
}

/** Ready to be written into a request, or why not. */
export type Proof =
  | {
      readonly state: 'ready'
      /** The connection, with what the vendor told along with the token. */
      readonly connection: JsonObject
      /** What must not be seen in answers, beside the credentials. */
      readonly secrets: readonly string[]
      /** A copy of the request that proves who sends it. Throws NX-AUTH-SECRET (configuration) when a secret cannot serve. */
      sign(request: OutgoingRequest, idempotencyKey: string): OutgoingRequest
      /** The vendor says that the token is over; null: there is none that could be got anew. */
      readonly expire: (() => Promise<void>) | null
    }
  | Exclude<TokenAnswer, { state: 'token' }>

/** Proves calls. Throws what the token store throws. */
export interface Authorizer {
  prove(ask: AuthAsk): Promise<Proof>
}

/** Static kinds by themselves; oauth2 and jwt_bearer with a token from `AccessTokens`. */
export class ConnectorAuthorizer implements Authorizer {
  readonly #tokens: AccessTokens
  readonly #clock: Clock

  constructor(tokens: AccessTokens, clock: Clock) {
    this.#tokens = tokens
    this.#clock = clock
  }

  async prove({ owner, auth, credentials, connection, signal }: AuthAsk): Promise<Proof> {
    const tokenAuth = tokenAuthOf(auth)
    const token =
      tokenAuth === null ? null : await this.#tokens.get(owner, tokenAuth, credentials, connection, signal)
    if (token !== null && token.state !== 'token') return token
    const known = { ...connection, ...token?.connection }
    return {
      state: 'ready',
      connection: known,
      secrets: token === null ? [] : [token.token],
      sign: (request, idempotencyKey) => {
        const signed = applyAuth(request, {
          auth,
          credentials,
          connection: known,
          accessToken: token?.token ?? null,
          idempotencyKey,
          now: this.#clock.now(),
          nonce: randomUUID().replaceAll('-', ''),
        })
        // The request's own headers were looked at when they were made.
        requireCleanSecrets(signed.headers)
        return signed
      },
      expire: token === null ? null : async () => await this.#tokens.invalidate(owner, token.version),
    }
  }
}
