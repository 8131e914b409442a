import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { OracleAnswer, OracleCall, SinkName } from '../check/history.ts'
import type { SeededRandom } from '../../support/seeded-random.ts'

/** How the oracle misbehaves for a while: each call with this probability, in one of these ways. */
export interface Misbehaviour {
  readonly share: number
  readonly ways: readonly Exclude<OracleAnswer, 'ok'>[]
  readonly sinks: readonly SinkName[]
}

/** Answers without any effect. */
const refusals: ReadonlySet<OracleAnswer> = new Set(['status_422', 'status_429', 'status_500'])

/** Longer than the integrations' timeout of 2 s. */
const lateMs = 4_000
const slowMs = 600

/**
 * A vendor outside the system, on loopback. `/keyed` honours Idempotency-Key: a known key gets the first answer and has no
 * effect again. `/bare` ignores keys: every call is an effect. Every request is written down before it is answered.
 */
export class Oracle {
  readonly calls: OracleCall[] = []
  readonly #server: Server
  readonly #random: SeededRandom
  readonly #nowMs: () => number
  readonly #keys = new Set<string>()
  #misbehaviour: Misbehaviour | null = null

  constructor(options: { random: SeededRandom; nowMs: () => number }) {
    this.#random = options.random
    this.#nowMs = options.nowMs
    this.#server = createServer((request, response) => void this.#take(request, response))
    this.#server.keepAliveTimeout = 5_000
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return this
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Null: behaves. */
  misbehave(how: Misbehaviour | null): void {
    this.#misbehaviour = how
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.on('error', () => {})
    response.on('error', () => {})
    let text = ''
    try {
      for await (const chunk of request) text += String(chunk)
    } catch {
      // It broke off before it was whole: no vendor acts on half a request.
      return
    }
    const sink: SinkName = request.url?.startsWith('/keyed') === true ? 'keyed' : 'bare'
    const answer = this.#choose(sink)
    const call = this.#record(sink, request.headers['idempotency-key'], text, answer)
    this.#answer(response, call)
  }

  #choose(sink: SinkName): OracleAnswer {
    const how = this.#misbehaviour
    if (how === null || !how.sinks.includes(sink) || !this.#random.chance(how.share)) return 'ok'
    return this.#random.pick(how.ways)
  }

  #record(
    sink: SinkName,
    header: string | string[] | undefined,
    text: string,
    answer: OracleAnswer,
  ): OracleCall {
    const key = typeof header === 'string' ? header : null
    const body = JSON.parse(text) as { counter?: string; lead?: string }
    const acts = !refusals.has(answer)
    const known = sink === 'keyed' && key !== null && this.#keys.has(key)
    const effect = acts && !known
    if (effect && sink === 'keyed' && key !== null) this.#keys.add(key)
    const call: OracleCall = {
      n: this.calls.length + 1,
      atMs: Math.round(this.#nowMs()),
      sink,
      key,
      counter: body.counter ?? '',
      subject: body.lead ?? '',
      bodyHash: createHash('sha256').update(text).digest('hex').slice(0, 16),
      effect,
      answer,
    }
    this.calls.push(call)
    return call
  }

  #answer(response: ServerResponse, call: OracleCall): void {
    const json = (status: number, body: object, headers: Record<string, string> = {}): void => {
      if (response.destroyed) return
      response.writeHead(status, { 'content-type': 'application/json', ...headers })
      response.end(JSON.stringify(body))
    }
    const accepted = { ok: true, n: call.n }
    switch (call.answer) {
      case 'ok':
        return json(200, accepted)
      case 'status_500':
        return json(500, { message: 'made to fail' })
      case 'status_422':
        return json(422, { message: 'never' })
      case 'status_429':
        return json(429, { message: 'slow down' }, { 'retry-after': '1' })
      case 'effect_then_reset':
        return void response.socket?.resetAndDestroy()
      case 'effect_then_late':
        return void setTimeout(() => json(200, accepted), lateMs).unref()
      case 'slow':
        return void setTimeout(() => json(200, accepted), slowMs).unref()
      case 'garbage':
        response.writeHead(200, { 'content-type': 'application/json' })
        return void response.end('{"ok": tr<html>\u0000')
      case 'endless':
        return trickle(response)
    }
  }
}

/** Never comes to an end by itself. */
function trickle(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.write('{"ok": true, "more": "')
  const timer = setInterval(() => {
    if (response.destroyed) clearInterval(timer)
    else response.write('.'.repeat(64))
  }, 100)
  timer.unref()
  response.on('close', () => clearInterval(timer))
}
