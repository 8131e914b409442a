import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { errorText, NxError } from '../../../../kernel/errors.ts'
import { sameText } from '../same-text.ts'

/** A listener on this machine that the vendor's redirect ends at. */
export interface LoopbackRedirect extends AsyncDisposable {
  readonly redirectUri: string
  /** The address for the browser. It may be seen by others (a process list): it holds no part of the login, and works once. */
  readonly startAddress: string
  /**
   * Parameters of the one redirect that belongs to the browser that used `startAddress`. Throws NX-AUTH-TIMEOUT when none comes in
   * time.
   */
  receive(
    authorization: { readonly address: URL; readonly state: string },
    timeoutMs: number,
  ): Promise<URLSearchParams>
}

const cookieName = 'neuronx_login'
const page = (title: string, text: string): string =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><body><h1>${title}</h1><p>${text}</p></body></html>`

/**
 * Listens on loopback, on a free port unless `redirectUri` names one. Requests with another Host (DNS rebinding), another state or
 * from another browser are turned away and change nothing. Throws NX-AUTH-REDIRECT (usage), NX-AUTH-LISTEN (io).
 */
export async function listenForRedirect(redirectUri: string | null): Promise<LoopbackRedirect> {
  const wanted = redirectUri === null ? new URL('http://127.0.0.1/callback') : loopbackOf(redirectUri)
  const login = new PendingLogin(wanted.pathname)
  const server = createServer({ maxHeaderSize: 16_384, requestTimeout: 10_000 }, (request, response) =>
    login.answer(request, response),
  )
  await listening(server, wanted.port === '' ? 0 : Number(wanted.port))
  const origin = `http://${wanted.hostname}:${(server.address() as AddressInfo).port}`
  login.host = new URL(origin).host
  return {
    redirectUri: redirectUri ?? `${origin}${wanted.pathname}`,
    startAddress: `${origin}/start/${login.nonce}`,
    receive: async (authorization, timeoutMs) => await login.receive(authorization, timeoutMs),
    [Symbol.asyncDispose]: async () => {
      login.close()
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

class PendingLogin {
  readonly nonce = randomBytes(16).toString('base64url')
  host = ''
  readonly #cookie = randomBytes(32).toString('base64url')
  readonly #path: string
  #authorization: { readonly address: URL; readonly state: string } | null = null
  #begun = false
  #timer: NodeJS.Timeout | undefined
  #resolve: ((params: URLSearchParams) => void) | null = null

  constructor(path: string) {
    this.#path = path
  }

  async receive(
    authorization: { readonly address: URL; readonly state: string },
    timeoutMs: number,
  ): Promise<URLSearchParams> {
    this.#authorization = authorization
    return await new Promise<URLSearchParams>((resolve, reject) => {
      this.#timer = setTimeout(() => reject(timedOut(timeoutMs)), timeoutMs)
      this.#resolve = (params) => {
        this.close()
        resolve(params)
      }
    })
  }

  /** Waits no more. */
  close(): void {
    clearTimeout(this.#timer)
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    const url = URL.parse(request.url ?? '', 'http://localhost')
    if (request.headers.host !== this.host || url === null)
      return send(response, 403, 'Not for this address', '')
    if (request.method !== 'GET') return send(response, 405, 'Only GET', '')
    if (url.pathname === `/start/${this.nonce}`) return this.#start(response)
    if (url.pathname === this.#path) return this.#callback(request, url.searchParams, response)
    send(response, 404, 'Nothing here', '')
  }

  #start(response: ServerResponse): void {
    const authorization = this.#authorization
    if (this.#begun || authorization === null) {
      return send(
        response,
        410,
        'This address was used already',
        'If that was not you, end the command. Else begin again.',
      )
    }
    this.#begun = true
    const cookie = `${cookieName}=${this.#cookie}; HttpOnly; SameSite=Lax; Path=${this.#path}`
    send(response, 302, 'Moved', '', { location: authorization.address.href, 'set-cookie': cookie })
  }

  #callback(request: IncomingMessage, params: URLSearchParams, response: ServerResponse): void {
    const resolve = this.#resolve
    if (this.#authorization === null || resolve === null) {
      return send(response, 410, 'This login is over', 'Begin again if it did not end well.')
    }
    if (!sameText(cookieOf(request), this.#cookie)) {
      return send(
        response,
        403,
        'Another browser',
        'This browser did not begin the login. Nothing was changed.',
      )
    }
    if (!sameText(params.get('state') ?? '', this.#authorization.state)) {
      return send(
        response,
        400,
        'Another login',
        'This answer does not belong to the login under way. Nothing was changed.',
      )
    }
    this.#resolve = null
    send(response, 200, 'Done here', 'How the login ended stands in the terminal. This window can be closed.')
    resolve(params)
  }
}

function send(
  response: ServerResponse,
  status: number,
  title: string,
  text: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'content-security-policy': "default-src 'none'",
    'x-content-type-options': 'nosniff',
    connection: 'close',
    ...headers,
  })
  response.end(page(title, text))
}

function cookieOf({ headers }: IncomingMessage): string {
  const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim())
  return pairs.find((pair) => pair.startsWith(`${cookieName}=`))?.slice(cookieName.length + 1) ?? ''
}

function loopbackOf(redirectUri: string): URL {
  const url = URL.parse(redirectUri)
  const fits =
    url !== null &&
    url.protocol === 'http:' &&
    (url.hostname === '127.0.0.1' || url.hostname === 'localhost') &&
    url.port !== '' &&
    url.search === '' &&
    url.hash === '' &&
    !url.pathname.startsWith('/start/')
  if (fits) return url
  throw new NxError('usage', 'NX-AUTH-REDIRECT', 'A redirect to this machine looks otherwise', {
    detail: `'${redirectUri.slice(0, 200)}' is not like http://127.0.0.1:8123/callback.`,
    fix: 'Give such an address as it is registered at the vendor, or add --paste and copy the address by hand.',
  })
}

async function listening(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(
        new NxError('io', 'NX-AUTH-LISTEN', 'The redirect cannot be waited for', {
          detail: errorText(error),
          fix: 'Leave the port out if the vendor takes any, or add --paste.',
          cause: error,
        }),
      ),
    )
    server.listen(port, '127.0.0.1', resolve)
  })
}

function timedOut(timeoutMs: number): NxError {
  return new NxError('timeout', 'NX-AUTH-TIMEOUT', 'Nobody logged in', {
    detail: `No answer came within ${Math.round(timeoutMs / 1_000)} s.`,
    fix: 'Begin again. If the browser is on another machine, add --paste.',
  })
}
