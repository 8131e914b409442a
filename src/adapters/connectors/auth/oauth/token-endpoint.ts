import * as oauth from 'oauth4webapi'
import type { Clock } from '../../../../kernel/clock.ts'
import type { OutgoingAnswer } from '../../../http/exchange.ts'
import type { OutgoingClient } from '../../../http/outgoing-client.ts'
import type { TokenAuth } from '../../definition/auth-definition.ts'
import { redactSecrets } from '../../redact-secrets.ts'
import { signAssertion } from './jwt-assertion.ts'
import { asksPerson, isLoopback } from './rendered-auth.ts'
import type { TokenAsk } from './rendered-auth.ts'
import { judgeTokenAnswer } from './token-answer.ts'
import type { EndpointAnswer } from './token-answer.ts'

/** What is shown for a token. */
export type Grant =
  /** A code that the vendor sent with its redirect, already checked by `readCallback`. */
  | {
      readonly kind: 'code'
      readonly callback: URLSearchParams
      readonly redirectUri: string
      /** null: the vendor does without PKCE. */
      readonly verifier: string | null
    }
  | { readonly kind: 'refresh'; readonly refreshToken: string }
  /** The client speaks for itself: client credentials, or a signed assertion. */
  | { readonly kind: 'client' }

export interface TokenCall {
  readonly ask: TokenAsk
  readonly grant: Grant
  /** Whose calls share a bulkhead. */
  readonly bulkheadKey: string
  readonly timeoutMs: number
  /** May the first byte still be written? */
  readonly mayStart?: () => boolean
}

const jwtGrant = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const stopped = Symbol('the request was made, or could not be')

/**
 * Asks token endpoints, over the same way out as every other call: private addresses, time and size are bounded there, redirects are
 * not followed. Never throws but for NX-AUTH-KEY.
 */
export class TokenEndpoint {
  readonly #client: Pick<OutgoingClient, 'send'>
  readonly #clock: Clock

  constructor(options: { readonly client: Pick<OutgoingClient, 'send'>; readonly clock: Clock }) {
    this.#client = options.client
    this.#clock = options.clock
  }

  async request(call: TokenCall, signal: AbortSignal): Promise<EndpointAnswer> {
    const { ask, grant } = call
    const capture = asksPerson(ask.auth) ? ask.auth.capture : undefined
    const secrets = [...Object.values(ask.credentials), ...shownBy(grant)]
    const answer = await this.#answer(call, signal)
    return judgeTokenAnswer(answer, {
      capture: capture ?? {},
      redact: redactSecrets(secrets),
      now: this.#clock.now(),
    })
  }

  /** The library makes the request; what it gets to read does not matter, for the answer is judged by its body. */
  async #answer(call: TokenCall, signal: AbortSignal): Promise<OutgoingAnswer> {
    let answer: OutgoingAnswer | null = null
    const options: oauth.TokenEndpointRequestOptions = {
      [oauth.customFetch]: async (address, { body, headers }) => {
        answer = await this.#client.send(
          { method: 'POST', url: new URL(address), headers, body: String(body) },
          {
            timeoutMs: call.timeoutMs,
            bulkhead: { key: call.bulkheadKey, concurrencyMax: 4 },
            ...(call.mayStart === undefined ? {} : { mayStart: call.mayStart }),
          },
          signal,
        )
        throw stopped
      },
      [oauth.allowInsecureRequests]: isLoopback(new URL(call.ask.auth.tokenUrl)),
    }
    try {
      await this.#request(call, options)
    } catch (error) {
      if (error !== stopped) throw error
    }
    return answer ?? { state: 'not_sent', reason: 'stopped', message: 'The request was not made' }
  }

  async #request({ ask, grant }: TokenCall, options: oauth.TokenEndpointRequestOptions): Promise<unknown> {
    const { auth, credentials } = ask
    const server: oauth.AuthorizationServer = {
      issuer: new URL(auth.tokenUrl).origin,
      token_endpoint: auth.tokenUrl,
    }
    if (auth.kind === 'jwt_bearer') {
      const assertion = signAssertion(auth, credentials[auth.key] ?? '', this.#clock.now())
      const client: oauth.Client = { client_id: 'neuronx' }
      const bare: oauth.ClientAuth = () => {}
      return await oauth.genericTokenEndpointRequest(server, client, bare, jwtGrant, { assertion }, options)
    }
    const client: oauth.Client = { client_id: credentials[auth.clientId] ?? '' }
    const proof = clientProof(auth, credentials)
    const params = { ...auth.params }
    const more = { ...options, additionalParameters: params }
    switch (grant.kind) {
      case 'refresh':
        return await oauth.refreshTokenGrantRequest(server, client, proof, grant.refreshToken, more)
      case 'client': {
        const scope = auth.scopes.length === 0 ? {} : { scope: auth.scopes.join(' ') }
        return await oauth.clientCredentialsGrantRequest(
          server,
          client,
          proof,
          { ...params, ...scope },
          options,
        )
      }
      case 'code':
        return await oauth.authorizationCodeGrantRequest(
          server,
          client,
          proof,
          grant.callback,
          grant.redirectUri,
          grant.verifier ?? oauth.nopkce,
          more,
        )
    }
  }
}

function clientProof(
  auth: Exclude<TokenAuth, { kind: 'jwt_bearer' }>,
  credentials: Readonly<Record<string, string>>,
): oauth.ClientAuth {
  const secret = auth.clientSecret === undefined ? undefined : credentials[auth.clientSecret]
  if (secret === undefined) return oauth.None()
  return auth.clientAuth === 'basic' ? oauth.ClientSecretBasic(secret) : oauth.ClientSecretPost(secret)
}

function shownBy(grant: Grant): readonly string[] {
  switch (grant.kind) {
    case 'refresh':
      return [grant.refreshToken]
    case 'code':
      return [grant.callback.get('code') ?? '', grant.verifier ?? '']
    case 'client':
      return []
  }
}
