import type { TokenCall } from '../../../src/adapters/connectors/auth/oauth/token-endpoint.ts'
import type { EndpointAnswer } from '../../../src/adapters/connectors/auth/oauth/token-answer.ts'
import type { VirtualTime } from '../../fakes/oauth/virtual-time.ts'

/**
 * How a vendor treats refresh tokens. strict: each once, and a second use ends the login; graceful: the last one goes on until its
 * successor is used; steady: the token never changes.
 */
export type Temper = 'strict' | 'graceful' | 'steady'

export type Fate =
  | { readonly kind: 'answer'; readonly latencyMs: number }
  /** The process dies: before the request leaves, after the vendor did it, or when the answer has come. */
  | { readonly kind: 'crash'; readonly at: 'before' | 'vendor' | 'answered' }
  /** No answer; the vendor did it, or did not. */
  | { readonly kind: 'lost'; readonly did: boolean }
  | { readonly kind: 'busy'; readonly status: 429 | 503 }

/** One showing of a refresh token to the vendor. */
export interface Showing {
  readonly token: string
  readonly atMs: number
  /** When whoever showed it knew how it ended, or died. */
  untilMs: number
  ended: 'granted' | 'refused' | 'unknown' | 'not_done'
}

/** A vendor's token endpoint in memory, with a memory of its own of what it honours. */
export class SimulatedVendor {
  readonly showings: Showing[] = []
  /** Refresh tokens that reached a living process. */
  readonly delivered = new Set<string>(['r0'])
  readonly #temper: Temper
  readonly #time: VirtualTime
  #live: string | null = 'r0'
  #before: string | null = null
  #count = 0

  constructor(temper: Temper, time: VirtualTime) {
    this.#temper = temper
    this.#time = time
  }

  honours(token: string): boolean {
    return token === this.#live || (this.#temper === 'graceful' && token === this.#before)
  }

  /** `die` never comes back: the process is gone. */
  async request(call: TokenCall, fate: Fate, die: () => Promise<never>): Promise<EndpointAnswer> {
    const token = call.grant.kind === 'refresh' ? call.grant.refreshToken : ''
    if (fate.kind === 'crash' && fate.at === 'before') return await die()
    const atMs = this.#time.monotonicMs()
    const showing: Showing = { token, atMs, untilMs: atMs, ended: 'unknown' }
    this.showings.push(showing)
    if (fate.kind === 'busy') {
      showing.ended = 'not_done'
      const message = `It answered ${fate.status}`
      return {
        state: 'unavailable',
        code: 'NX-AUTH-BUSY',
        message,
        retryAfterMs: null,
        unclear: fate.status !== 429,
      }
    }
    if (fate.kind === 'lost' && !fate.did) return await this.#lose(showing, call)
    const answer = this.#answer(token)
    if (fate.kind === 'lost') return await this.#lose(showing, call)
    if (fate.kind === 'crash') {
      await this.#time.sleep(50)
      showing.untilMs = this.#time.monotonicMs()
      return await die()
    }
    await this.#time.sleep(Math.min(fate.latencyMs, call.timeoutMs))
    showing.untilMs = this.#time.monotonicMs()
    if (fate.latencyMs > call.timeoutMs) return lost
    showing.ended = answer.state === 'granted' ? 'granted' : 'refused'
    if (answer.state === 'granted' && answer.tokens.refreshToken !== null)
      this.delivered.add(answer.tokens.refreshToken)
    return answer
  }

  async #lose(showing: Showing, call: TokenCall): Promise<EndpointAnswer> {
    await this.#time.sleep(call.timeoutMs)
    showing.untilMs = this.#time.monotonicMs()
    return lost
  }

  #answer(token: string): EndpointAnswer {
    if (!this.honours(token)) {
      if (this.#temper === 'strict') this.#live = null
      return { state: 'refused', error: 'invalid_grant', message: 'It answered 400: invalid_grant' }
    }
    this.#count += 1
    const next = this.#temper === 'steady' ? token : `r${this.#count}`
    this.#before = token
    this.#live = next
    return {
      state: 'granted',
      tokens: {
        accessToken: `a${this.#count}`,
        refreshToken: this.#temper === 'steady' ? null : next,
        expiresInMs: 60_000,
        refreshExpiresInMs: null,
        scopes: null,
        captured: {},
      },
    }
  }
}

const lost: EndpointAnswer = {
  state: 'unavailable',
  code: 'NX-AUTH-UNREACHABLE',
  message: 'The request left and no answer came',
  retryAfterMs: null,
  unclear: true,
}
