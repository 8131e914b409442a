import type { AccessTokens, TokenAnswer, TokenOwner } from '../../adapters/connectors/auth/access-tokens.ts'
import { renderAuth } from '../../adapters/connectors/auth/oauth/rendered-auth.ts'
import { TokenEndpoint } from '../../adapters/connectors/auth/oauth/token-endpoint.ts'
import type { TokenAuth } from '../../adapters/connectors/definition/auth-definition.ts'
import type { OutgoingClient } from '../../adapters/http/outgoing-client.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { JsonObject } from '../../kernel/json.ts'
import type { FakeUrls } from './faked-integration.ts'

export interface FakedTokensOptions {
  /** For endpoints that are no fake's. */
  readonly tokens: AccessTokens
  readonly fakes: FakeUrls
  readonly client: Pick<OutgoingClient, 'send'>
  readonly clock: Clock
}

interface Held {
  readonly token: string
  readonly version: number
  /** Monotonic. */
  readonly endsAtMs: number
}

const timeoutMs = 10_000
const ownersMax = 10_000

/** Tokens of fakes, in memory: a fake forgets them too, and the tokens of a real login are not to be touched. */
export class FakedTokens implements AccessTokens {
  readonly #options: FakedTokensOptions
  readonly #endpoint: TokenEndpoint
  readonly #held = new Map<string, Held>()
  readonly #asked = new Map<string, Promise<TokenAnswer>>()
  /** Below zero, and going up: a version says by itself whether it is of a fake's token or of a real login's. */
  #version = Number.MIN_SAFE_INTEGER

  constructor(options: FakedTokensOptions) {
    this.#options = options
    this.#endpoint = new TokenEndpoint(options)
  }

  async get(
    owner: TokenOwner,
    auth: TokenAuth,
    credentials: Readonly<Record<string, string>>,
    connection: JsonObject,
    signal: AbortSignal,
  ): Promise<TokenAnswer> {
    const { fakes, tokens, clock } = this.#options
    const faked = [...fakes.values()].some((url) => auth.tokenUrl.startsWith(`${url}/`))
    if (!faked) return await tokens.get(owner, auth, credentials, connection, signal)
    const key = keyOf(owner)
    const held = this.#held.get(key)
    if (held !== undefined && held.endsAtMs > clock.monotonicMs()) return tokenOf(held)
    const asked =
      this.#asked.get(key) ??
      this.#ask(key, auth, credentials, connection).finally(() => this.#asked.delete(key))
    this.#asked.set(key, asked)
    return await asked
  }

  async invalidate(owner: TokenOwner, version: number): Promise<void> {
    if (version >= 0) return await this.#options.tokens.invalidate(owner, version)
    const key = keyOf(owner)
    if (this.#held.get(key)?.version === version) this.#held.delete(key)
  }

  async #ask(
    key: string,
    auth: TokenAuth,
    credentials: Readonly<Record<string, string>>,
    connection: JsonObject,
  ): Promise<TokenAnswer> {
    const call = {
      ask: renderAuth(auth, credentials, connection),
      grant: { kind: 'client' },
      bulkheadKey: `fake login ${key}`,
      timeoutMs,
    } as const
    const answer = await this.#endpoint.request(call, AbortSignal.timeout(timeoutMs))
    if (answer.state === 'refused')
      return { state: 'refused', code: 'NX-AUTH-REFUSED', message: answer.message }
    if (answer.state === 'unavailable') return { ...answer, state: 'unavailable' }
    const { accessToken, expiresInMs } = answer.tokens
    const skewMs = 'skewMs' in auth ? auth.skewMs : 0
    const held: Held = {
      token: accessToken,
      version: ++this.#version,
      endsAtMs: this.#options.clock.monotonicMs() + Math.max(1_000, (expiresInMs ?? 3_600_000) - skewMs),
    }
    if (this.#held.size >= ownersMax) this.#held.clear()
    this.#held.set(key, held)
    return tokenOf(held)
  }
}

function tokenOf({ token, version }: Held): TokenAnswer {
  return { state: 'token', token, version, connection: {} }
}

function keyOf({ tenantId, workspace, integration }: TokenOwner): string {
  return JSON.stringify([tenantId, workspace, integration])
}
