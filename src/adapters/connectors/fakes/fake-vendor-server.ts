import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { JsonValue } from '../../../kernel/json.ts'
import { vendorAnswer } from './vendor-answer.ts'

/** A call as the vendor saw it. */
export interface ReceivedCall {
  readonly method: string
  /** With the query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Parsed when it is JSON, else the text; null when there is none. */
  readonly body: JsonValue
  readonly idempotencyKey: string | null
  /** Did it change anything over there? False for refused calls and for repeats of a known key. */
  readonly tookEffect: boolean
}

/** What may go wrong, once for each. `reset` and `hang` come after the effect: the worst case. */
export type VendorFault =
  | {
      readonly kind: 'status'
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: JsonValue
    }
  | { readonly kind: 'garbage' }
  | { readonly kind: 'hang' }
  | { readonly kind: 'reset' }
  | { readonly kind: 'endless' }

export interface FakeVendorOptions {
  /** When set, calls without `Authorization: Bearer <token>` are answered with 401. */
  readonly token?: string
  /** How many calls are remembered; counting goes on. */
  readonly callsMax?: number
}

/**
 * A vendor on a free loopback port: answers what GoHighLevel answers to the operations we use, `{ok, id}` to anything else,
 * honours Idempotency-Key, logs what it received, and fails when told to.
 */
export class FakeVendorServer implements AsyncDisposable {
  readonly calls: ReceivedCall[] = []
  /** Calls received, remembered or not. */
  received = 0
  readonly #options: Required<FakeVendorOptions>
  readonly #faults: VendorFault[] = []
  readonly #answers = new Map<string, string>()
  #server: Server | null = null
  #ids = 0

  constructor(options: FakeVendorOptions = {}) {
    this.#options = { token: options.token ?? '', callsMax: options.callsMax ?? 10_000 }
  }

  /** `http://127.0.0.1:PORT` */
  get url(): string {
    const address = this.#server?.address() as AddressInfo | null | undefined
    if (address === null || address === undefined) throw new Error('The fake vendor is not started')
    return `http://127.0.0.1:${address.port}`
  }

  /** The calls that changed something over there. */
  get effects(): readonly ReceivedCall[] {
    return this.calls.filter(({ tookEffect }) => tookEffect)
  }

  async start(): Promise<this> {
    const server = createServer((request, response) => {
      this.#handle(request, response).catch(() => response.destroy())
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(0, '127.0.0.1', resolve)
    })
    this.#server = server
    return this
  }

  /** The next calls fail, one fault each, in order. */
  failNext(...faults: readonly VendorFault[]): void {
    this.#faults.push(...faults)
  }

  async stop(): Promise<void> {
    const server = this.#server
    this.#server = null
    if (server === null) return
    server.closeAllConnections()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = parseBody(Buffer.concat(chunks).toString('utf8'))
    const key = request.headers['idempotency-key']
    const idempotencyKey = typeof key === 'string' ? key : null
    const fault = this.#faults.shift()
    const denied =
      this.#options.token !== '' && request.headers.authorization !== `Bearer ${this.#options.token}`
    const known = idempotencyKey === null ? undefined : this.#answers.get(idempotencyKey)
    const tookEffect = !denied && fault?.kind !== 'status' && known === undefined
    this.#log(request, body, idempotencyKey, tookEffect)

    if (denied) return send(response, 401, { statusCode: 401, message: 'Invalid JWT' })
    if (fault?.kind === 'status')
      return send(response, fault.status, fault.body ?? { message: 'as told' }, fault.headers)
    const answer =
      known ??
      JSON.stringify(vendorAnswer(request.method ?? '', request.url ?? '', body, `fake-${++this.#ids}`))
    if (idempotencyKey !== null) this.#answers.set(idempotencyKey, answer)
    switch (fault?.kind) {
      case 'garbage':
        response.writeHead(200, { 'content-type': 'text/html' })
        response.end('<html><body>It works!</body></html>')
        return
      case 'hang':
        return
      case 'reset':
        request.socket.resetAndDestroy()
        return
      case 'endless':
        return endless(response)
      case undefined:
        response.writeHead(request.method === 'POST' ? 201 : 200, { 'content-type': 'application/json' })
        response.end(answer)
    }
  }

  #log(request: IncomingMessage, body: JsonValue, idempotencyKey: string | null, tookEffect: boolean): void {
    this.received += 1
    if (this.calls.length >= this.#options.callsMax) return
    const headers: Record<string, string> = {}
    for (const [name, value] of Object.entries(request.headers)) {
      if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value
    }
    this.calls.push({
      method: request.method ?? '',
      path: request.url ?? '',
      headers,
      body,
      idempotencyKey,
      tookEffect,
    })
  }
}

function send(
  response: ServerResponse,
  status: number,
  body: JsonValue,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
}

/** Writes for ever, as fast as it is read. */
function endless(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  const filler = Buffer.alloc(64 * 1024, 32)
  const more = (): void => {
    while (!response.destroyed && response.write(filler));
  }
  response.on('drain', more)
  response.on('error', () => response.destroy())
  more()
}

function parseBody(text: string): JsonValue {
  if (text === '') return null
  try {
    return JSON.parse(text) as JsonValue
  } catch {
    return text
  }
}
