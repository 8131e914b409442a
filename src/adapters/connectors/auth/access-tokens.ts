import type { JsonObject } from '../../../kernel/json.ts'
import type { TokenAuth } from '../definition/auth-definition.ts'

/** Whose token it is: one integration of one workspace. */
export interface TokenOwner {
  readonly tenantId: string
  readonly workspace: string
  readonly integration: string
}

export type TokenAnswer =
  | {
      readonly state: 'token'
      readonly token: string
      /** Goes up with every new token of the owner. */
      readonly version: number
      /** Fields of the connection that the vendor told with the token (`capture`): over those of the document. */
      readonly connection: JsonObject
    }
  /** Only a person can help: consent was taken back, the client is unknown. */
  | { readonly state: 'refused'; readonly code: string; readonly message: string }
  /** The token endpoint does not answer, or asks to be left alone. */
  | {
      readonly state: 'unavailable'
      readonly code: string
      readonly message: string
      readonly retryAfterMs: number | null
    }

/**
 * Access tokens of integrations, kept and refreshed by whoever implements it. Both throw only what their store throws; a call that
 * meets that is tried again later.
 */
export interface AccessTokens {
  /**
   * A token that is good for now. `credentials` are opened secrets by the names that `auth` uses; texts of `auth` may hold
   * {{ connection.x }}. One refresh at a time per owner, whatever the number of daemons.
   */
  get(
    owner: TokenOwner,
    auth: TokenAuth,
    credentials: Readonly<Record<string, string>>,
    connection: JsonObject,
    signal: AbortSignal,
  ): Promise<TokenAnswer>

  /** The vendor did not accept the token of this version. When there is a newer one already, nothing happens. */
  invalidate(owner: TokenOwner, version: number): Promise<void>
}

/** For places without a token store: says so, so that the integration waits for credentials. */
export const noAccessTokens: AccessTokens = {
  get: async () => ({
    state: 'refused',
    code: 'NX-AUTH-NO-TOKENS',
    message:
      'No access token can be had here: this process has no master key to keep tokens with (NEURONX_MASTER_KEY_FILE)',
  }),
  invalidate: async () => {},
}
