import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import { errorText } from '../../kernel/errors.ts'
import { EgressRefused } from './egress-guard.ts'
import type { OutgoingRequest } from './outgoing-request.ts'

/** How a call ended. The difference that matters: whether the request can have had an effect. */
export type OutgoingAnswer =
  | {
      readonly state: 'answered'
      readonly status: number
      /** Lower-case names. */
      readonly headers: Readonly<Record<string, string>>
      readonly body: string
      /** Why the body is not whole; null when it is. */
      readonly cut: 'size' | 'time' | 'connection' | null
    }
  /** Nothing left this machine: it cannot have had an effect. */
  | {
      readonly state: 'not_sent'
      readonly reason: 'unreachable' | 'refused_address' | 'busy' | 'stopped' | 'timeout'
      readonly message: string
    }
  /** It left, at least in part, and no answer came. */
  | {
      readonly state: 'lost'
      readonly reason: 'timeout' | 'connection' | 'stopped'
      readonly message: string
    }

export interface ExchangeLimits {
  readonly answerBytesMax: number
  /** Ends the call: the timeout or the caller's. */
  readonly signal: AbortSignal
  /** The caller's own signal, to tell a stop from a timeout. */
  readonly stopped: AbortSignal
  /** Asked before a connection is looked for, and right before the first byte is written. */
  readonly mayStart: () => boolean
  /** The request has been handed to the socket. */
  readonly onSent: () => void
}

/** Sends one request over a pool's connection and reads the answer, up to its limits. Never throws. */
export async function exchange(
  pool: Dispatcher,
  request: OutgoingRequest,
  limits: ExchangeLimits,
): Promise<OutgoingAnswer> {
  return await new Promise<OutgoingAnswer>((resolve) => {
    const handler = new ExchangeHandler(limits, resolve)
    if (limits.signal.aborted) return handler.end()
    if (!handler.mayStart()) return
    pool.dispatch(
      {
        path: request.url.pathname + request.url.search,
        method: request.method,
        // Unsaid, every encoding would do (RFC 9110), and what is compressed is not read: its size would be a guess.
        headers: { 'accept-encoding': 'identity', ...request.headers },
        body: request.body,
      },
      handler,
    )
  })
}

class Ended extends Error {}

/** Follows one exchange and settles it once: by its answer, its failure, or its limits. */
class ExchangeHandler implements Dispatcher.DispatchHandler {
  #controller: Dispatcher.DispatchController | null = null
  #left = false
  #status = 0
  #headers: Record<string, string> = {}
  #bytes = 0
  #settled = false
  readonly #chunks: Buffer[] = []
  readonly #limits: ExchangeLimits
  readonly #resolve: (answer: OutgoingAnswer) => void
  readonly #onAbort = (): void => this.end()

  constructor(limits: ExchangeLimits, resolve: (answer: OutgoingAnswer) => void) {
    this.#limits = limits
    this.#resolve = resolve
    limits.signal.addEventListener('abort', this.#onAbort, { once: true })
  }

  /** Its time is over, or the daemon stops. */
  end(): void {
    const reason = this.#limits.stopped.aborted ? 'stopped' : 'timeout'
    const message = reason === 'timeout' ? 'It took longer than allowed' : 'The daemon is stopping'
    if (this.#status !== 0) this.#answered('time')
    else this.#settle({ state: this.#left ? 'lost' : 'not_sent', reason, message })
    this.#controller?.abort(new Ended(message))
  }

  /** A call that ended while it waited, for its turn or for a connection, must not be made after all. */
  mayStart(): boolean {
    if (!this.#settled && !this.#limits.mayStart()) {
      this.#settle({ state: 'not_sent', reason: 'stopped', message: 'Its time was over before it was sent' })
    }
    return !this.#settled
  }

  /** Called with the connection in hand, right before the first byte is written. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (!this.mayStart()) return controller.abort(new Ended('The call is over'))
    this.#left = true
    // The bytes are written after this returns.
    setImmediate(this.#limits.onSent)
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    if (status < 200) return
    this.#status = status
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined) this.#headers[name] = Array.isArray(value) ? value.join(', ') : value
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const room = this.#limits.answerBytesMax - this.#bytes
    this.#bytes += chunk.length
    this.#chunks.push(chunk.length > room ? chunk.subarray(0, room) : chunk)
    if (chunk.length <= room) return
    this.#answered('size')
    controller.abort(new Ended('The answer is too long'))
  }

  onResponseEnd(): void {
    this.#answered(null)
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#status !== 0) return this.#answered('connection')
    const message = errorText(error)
    if (this.#left) return this.#settle({ state: 'lost', reason: 'connection', message })
    const reason = error instanceof EgressRefused ? 'refused_address' : 'unreachable'
    this.#settle({ state: 'not_sent', reason, message })
  }

  #answered(cut: 'size' | 'time' | 'connection' | null): void {
    if (this.#settled) return
    const text = Buffer.concat(this.#chunks).toString('utf8')
    // A mark of the byte order is no part of the text, and no JSON.
    const body = text.startsWith('\uFEFF') ? text.slice(1) : text
    this.#settle({ state: 'answered', status: this.#status, headers: this.#headers, body, cut })
  }

  #settle(answer: OutgoingAnswer): void {
    if (this.#settled) return
    this.#settled = true
    this.#limits.signal.removeEventListener('abort', this.#onAbort)
    this.#resolve(answer)
  }
}
