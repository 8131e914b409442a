import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { systemClock } from '../../../kernel/clock.ts'
import { errorText } from '../../../kernel/errors.ts'
import type { JsonValue } from '../../../kernel/json.ts'
import { AnyVendor } from './engine/any-vendor.ts'
import { behindDoor, closedDoor, control, controlPrefix, refusedStranger } from './engine/control.ts'
import { readRequest } from './engine/fake-request.ts'
import type { FakeAnswer, FakeBehaviour, FakeReceipt, FakeRequest } from './engine/fake-request.ts'
import type { ReceivedCall } from './engine/received-calls.ts'
import { FaultQueue, nameOfFault } from './fake-faults.ts'
import type { VendorFault } from './fake-faults.ts'

export type { ReceivedCall } from './engine/received-calls.ts'
export type { VendorFault } from './fake-faults.ts'

export interface FakeVendorOptions {
  /** Without `vendor`: calls without `Authorization: Bearer <token>` are answered with 401. */
  readonly token?: string
  /** How many calls are remembered, the newest; counting goes on. */
  readonly callsMax?: number
  /** Which vendor it plays, and the names that faults may give. Default: none, `{ok, id}` to everything. */
  readonly vendor?: {
    readonly name: string
    readonly behaviour: FakeBehaviour
    readonly operations: readonly string[]
  }
  /** First part of every path, without which nobody is served: other users of this machine reach the port too. Default: none. */
  readonly door?: string
  /** Told of every receipt that the vendor would send, after its answer. */
  readonly onReceipt?: (caller: string, receipt: FakeReceipt) => void
}

const bodyBytesMax = 2 * 1024 * 1024
/** A longer body is not remembered: a thousand of them would fill the memory. */
const rememberedCharsMax = 64 * 1024

/**
 * A vendor on a free loopback port: answers as the vendor it plays, logs what it received, and fails when told to, by `failNext` or
 * over HTTP below /_fake/.
 */
export class FakeVendorServer implements AsyncDisposable {
  readonly calls: ReceivedCall[] = []
  /** Calls received, remembered or not. */
  received = 0
  readonly #callsMax: number
  readonly #door: string
  readonly #vendor: NonNullable<FakeVendorOptions['vendor']> | null
  readonly #behaviour: FakeBehaviour
  readonly #onReceipt: NonNullable<FakeVendorOptions['onReceipt']>
  readonly #faults = new FaultQueue()
  readonly #timers = new Set<NodeJS.Timeout>()
  #server: Server | null = null

  constructor({ token = '', callsMax = 10_000, vendor, door, onReceipt = () => {} }: FakeVendorOptions = {}) {
    this.#callsMax = callsMax
    this.#door = door === undefined ? '' : `/${door}`
    this.#vendor = vendor ?? null
    this.#behaviour = vendor?.behaviour ?? new AnyVendor(token)
    this.#onReceipt = onReceipt
  }

  /** `http://127.0.0.1:PORT`, and the door behind it. */
  get url(): string {
    const address = this.#server?.address() as AddressInfo | null | undefined
    if (address === null || address === undefined) throw new Error('The fake vendor is not started')
    return `http://127.0.0.1:${address.port}${this.#door}`
  }

  /** The calls that changed something over there. */
  get effects(): readonly ReceivedCall[] {
    return this.calls.filter(({ tookEffect }) => tookEffect)
  }

  async start(): Promise<this> {
    const server = createServer((request, response) => {
      this.#handle(request, response).catch((error: unknown) => {
        // Said aloud: else a wrong contract would pass for a vendor that cut the line.
        if (response.headersSent) response.destroy()
        else send(response, 500, { code: 'NX-FAKE-BROKEN', title: errorText(error) })
      })
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
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
    if (server === null) return
    server.closeAllConnections()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = new URL(request.url ?? '/', 'http://fake.invalid')
    const url = behindDoor(asked, this.#door)
    if (url === null) return send(response, 403, closedDoor)
    const controls = url.pathname.startsWith(controlPrefix)
    const stranger = controls || this.#vendor !== null ? refusedStranger(request) : null
    if (stranger !== null) return send(response, stranger.status, stranger.body)
    const text = await readText(request)
    if (text === null) return send(response, 413, { message: 'The body is too large' })
    if (controls) {
      const { status, body } = control(request, url, text, {
        name: this.#vendor?.name ?? 'any',
        operations: this.#vendor?.operations ?? null,
        calls: this.calls,
        faults: this.#faults,
        behaviour: this.#behaviour,
      })
      return send(response, status, body)
    }
    this.#call(request, response, readRequest(request, url, text, this.#door))
  }

  #call(request: IncomingMessage, response: ServerResponse, call: FakeRequest): void {
    const operation = this.#behaviour.operationOf(call)
    const fault = this.#faults.take(operation)
    const answer = this.#answerTo(call, fault)
    this.#log(request, call, operation, fault, answer)
    const answered = (): void => {
      this.#finish(request, response, fault, answer)
      if (answer.receipt !== null) this.#onReceipt(call.caller, answer.receipt)
    }
    if (fault?.kind !== 'slow') return answered()
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      answered()
    }, fault.ms)
    this.#timers.add(timer)
  }

  #answerTo(call: FakeRequest, fault: VendorFault | null): FakeAnswer {
    if (fault?.kind === 'refuse') return this.#behaviour.refuse(fault.as, call, fault.waitMs)
    if (fault?.kind === 'revoke') return this.#behaviour.revoke(call)
    if (fault?.kind !== 'status') return this.#behaviour.answer(call)
    const { status, headers = {}, body = { message: 'as told' } } = fault
    return { status, headers, body, tookEffect: false, problem: 'as told', receipt: null }
  }

  #finish(
    request: IncomingMessage,
    response: ServerResponse,
    fault: VendorFault | null,
    { status, headers, body, problem }: FakeAnswer,
  ): void {
    // What the vendor refused in any case it refuses as ever.
    const kind = problem === null ? fault?.kind : undefined
    switch (kind) {
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
      case 'other_shape':
        return send(response, status, { format: 'next', data: [{ result: body }] }, headers)
      default:
        return send(response, status, body, headers)
    }
  }

  #log(
    request: IncomingMessage,
    call: FakeRequest,
    operation: string | null,
    fault: VendorFault | null,
    { tookEffect, status, problem }: FakeAnswer,
  ): void {
    this.received += 1
    this.calls.push({
      method: call.method,
      path: this.#vendor === null ? (request.url ?? '') : pathOf(call),
      headers: call.headers,
      body: rememberedBody(call.text),
      idempotencyKey: call.headers['idempotency-key'] ?? null,
      tookEffect,
      operation,
      caller: call.caller,
      status: fault?.kind === 'reset' || fault?.kind === 'hang' ? null : status,
      fault: fault === null ? null : nameOfFault(fault),
      problem,
      at: systemClock.now().toISOString(),
    })
    if (this.calls.length > this.#callsMax) this.calls.shift()
  }
}

function pathOf({ path, query }: FakeRequest): string {
  return query.size === 0 ? path : `${path}?${query}`
}

async function readText(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length
    if (bytes <= bodyBytesMax) chunks.push(chunk as Buffer)
  }
  return bytes > bodyBytesMax ? null : Buffer.concat(chunks).toString('utf8')
}

/** Text goes out as it is; null is no body at all. */
function send(
  response: ServerResponse,
  status: number,
  body: JsonValue,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (body === null) response.writeHead(status, headers).end()
  else {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }
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

function rememberedBody(text: string): JsonValue {
  if (text === '') return null
  if (text.length > rememberedCharsMax) return `(${text.length} characters)`
  try {
    return JSON.parse(text) as JsonValue
  } catch {
    return text
  }
}
