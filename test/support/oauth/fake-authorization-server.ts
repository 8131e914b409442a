import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What the next token request gets instead of an answer. */
export type Trouble =
  | { readonly status: number; readonly body?: string; readonly headers?: Record<string, string> }
  /** Does what it was asked for, and then the connection breaks. */
  | 'lost'
  /** Answers after so long. */
  | { readonly slowMs: number }

export interface TokenRequest {
  readonly params: URLSearchParams
  readonly authorization: string | null
  readonly contentType: string
}

interface Code {
  readonly challenge: string | null
  readonly redirectUri: string
  used: boolean
}

/** An authorization server on loopback: PKCE, rotating refresh tokens with reuse detection, and trouble on demand. */
export class FakeAuthorizationServer implements AsyncDisposable {
  readonly requests: TokenRequest[] = []
  readonly troubles: Trouble[] = []
  /** Joined to every token answer. */
  extra: Record<string, unknown> = {}
  expiresIn: unknown = 3600
  /** One that was shown twice ends the whole family. */
  detectsReuse = true
  /** Everything that was ever a secret, to look for where it must not be. */
  readonly secrets: string[] = []
  readonly #codes = new Map<string, Code>()
  #live: string | null = null
  #access: string | null = null
  #count = 0
  readonly #server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost')
    if (url.pathname === '/authorize') {
      response.writeHead(302, { location: this.consent(url).href })
      return response.end()
    }
    if (url.pathname === '/leads') {
      const known = this.#access !== null && request.headers.authorization === `Bearer ${this.#access}`
      response.writeHead(known ? 200 : 401, { 'content-type': 'application/json' })
      return response.end(JSON.stringify(known ? { leads: 3 } : { error: 'token_expired' }))
    }
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      const params = new URLSearchParams(body)
      const { authorization = null, 'content-type': contentType = '' } = request.headers
      this.requests.push({ params, authorization, contentType })
      const trouble = this.troubles.shift() ?? null
      if (trouble !== null && typeof trouble === 'object' && 'status' in trouble) {
        response.writeHead(trouble.status, { 'content-type': 'text/html', ...trouble.headers })
        return response.end(trouble.body ?? '')
      }
      const { status, json } = this.#token(params)
      if (trouble === 'lost') return request.socket.destroy()
      const answer = (): void => {
        response.writeHead(status, { 'content-type': 'application/json' })
        response.end(JSON.stringify(json))
      }
      if (trouble === null) return answer()
      setTimeout(answer, trouble.slowMs)
    })
  })

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return this
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** The refresh token that is honoured now. */
  get live(): string | null {
    return this.#live
  }

  /** What the vendor redirects a browser to after the person said yes. */
  consent(authorize: URL): URL {
    const code = this.#secret('code')
    const redirectUri = authorize.searchParams.get('redirect_uri') ?? ''
    this.#codes.set(code, {
      challenge: authorize.searchParams.get('code_challenge'),
      redirectUri,
      used: false,
    })
    const back = new URL(redirectUri)
    back.searchParams.set('code', code)
    back.searchParams.set('state', authorize.searchParams.get('state') ?? '')
    return back
  }

  /** Codes given out so far are good no more. */
  expireCodes(): void {
    this.#codes.clear()
  }

  /** The access token is good no more; the refresh token is. */
  revokeAccess(): void {
    this.#access = null
  }

  revoke(): void {
    this.#access = null
    this.#live = null
  }

  #token(params: URLSearchParams): { status: number; json: object } {
    const refused = (error: string, about: string) => ({
      status: 400,
      json: { error, error_description: `Not good: ${about}` },
    })
    switch (params.get('grant_type')) {
      case 'authorization_code': {
        const code = this.#codes.get(params.get('code') ?? '')
        if (code === undefined || code.used) return refused('invalid_grant', params.get('code') ?? '')
        code.used = true
        const verifier = params.get('code_verifier')
        const challenge = verifier === null ? null : createHash('sha256').update(verifier).digest('base64url')
        if (challenge !== code.challenge) return refused('invalid_grant', 'PKCE')
        if (params.get('redirect_uri') !== code.redirectUri) return refused('invalid_grant', 'redirect_uri')
        return this.#grant(true)
      }
      case 'refresh_token': {
        const shown = params.get('refresh_token') ?? ''
        if (shown === this.#live) return this.#grant(true)
        if (this.detectsReuse) this.#live = null
        // As some vendors do: the token itself stands in the answer.
        return refused('invalid_grant', shown)
      }
      default:
        return this.#grant(false)
    }
  }

  #grant(refreshable: boolean): { status: number; json: object } {
    const tokens: Record<string, unknown> = {
      access_token: (this.#access = this.#secret('access')),
      token_type: 'Bearer',
      expires_in: this.expiresIn,
      scope: 'contacts.write messages.write',
    }
    if (refreshable) tokens['refresh_token'] = this.#live = this.#secret('refresh')
    return { status: 200, json: { ...tokens, ...this.extra } }
  }

  #secret(kind: string): string {
    this.#count += 1
    const secret = `${kind}-${this.#count}-${Math.random().toString(36).slice(2)}`
    this.secrets.push(secret)
    return secret
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }
}
