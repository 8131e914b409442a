import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'

/** What the wire does: everything passes; late; nothing, for good (open connections hang, new
 * ones get no answer); nothing for now (it passes later); one way only; refuses. */
export type WireState =
  | { readonly kind: 'pass' }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'hang' }
  | { readonly kind: 'freeze' }
  | { readonly kind: 'one_way'; readonly lost: 'requests' | 'answers' }
  | { readonly kind: 'refuse' }

interface Pair {
  readonly client: Socket
  readonly server: Socket
}

/**
 * A wire between somebody and something they need, on a free loopback port. What was swallowed while it hung is lost for the
 * connections of that time: when the wire heals they are reset, as a stateful firewall would do.
 */
export class TcpProxy implements AsyncDisposable {
  readonly #server: Server
  readonly #pairs = new Set<Pair>()
  #target: number
  #state: WireState = { kind: 'pass' }

  private constructor(server: Server, target: number) {
    this.#server = server
    this.#target = target
    server.on('connection', (client) => this.#accept(client))
  }

  /** Listens and forwards to this port of the loopback interface. Close it when done. */
  static async open(target: number): Promise<TcpProxy> {
    const server = createServer({ allowHalfOpen: true })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new TcpProxy(server, target)
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Where new connections go from now on: a server that was started again has another port. */
  aim(target: number): void {
    this.#target = target
  }

  set(state: WireState): void {
    const swallowed = this.#state.kind === 'hang' || this.#state.kind === 'one_way'
    this.#state = state
    for (const { client, server } of this.#pairs)
      for (const socket of [client, server]) hold(socket, state.kind === 'freeze')
    if (state.kind === 'refuse' || (state.kind === 'pass' && swallowed)) this.reset()
  }

  /** Every open connection ends with a reset. */
  reset(): void {
    for (const { client, server } of this.#pairs) {
      cut(client)
      cut(server)
    }
    this.#pairs.clear()
  }

  /** Every connection is torn, with what was held back; new ones pass. */
  cut(): void {
    this.#state = { kind: 'pass' }
    this.reset()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async close(): Promise<void> {
    for (const { client, server } of this.#pairs) {
      client.destroy()
      server.destroy()
    }
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  #accept(client: Socket): void {
    client.on('error', () => {})
    if (this.#state.kind === 'refuse') {
      cut(client)
      return
    }
    const server = connect({ host: '127.0.0.1', port: this.#target, allowHalfOpen: true })
    const pair = { client, server }
    this.#pairs.add(pair)
    const drop = (): void => {
      this.#pairs.delete(pair)
      client.destroy()
      server.destroy()
    }
    for (const socket of [client, server]) {
      socket.setNoDelay(true)
      socket.on('error', drop)
      socket.on('close', drop)
    }
    client.on('data', (chunk) => this.#forward(server, chunk, 'requests'))
    server.on('data', (chunk) => this.#forward(client, chunk, 'answers'))
    if (this.#state.kind === 'freeze') for (const socket of [client, server]) hold(socket, true)
    client.on('end', () => this.#end(server))
    server.on('end', () => this.#end(client))
  }

  #end(to: Socket): void {
    if (this.#state.kind === 'delay') setTimeout(() => to.end(), this.#state.ms)
    else if (this.#state.kind !== 'hang') to.end()
  }

  #forward(to: Socket, chunk: Buffer, direction: 'requests' | 'answers'): void {
    const state = this.#state
    switch (state.kind) {
      case 'pass':
      case 'freeze':
        // Frozen sockets are not read; what was read before passes.
        to.write(chunk)
        return
      case 'delay':
        setTimeout(() => {
          if (!to.destroyed) to.write(chunk)
        }, state.ms)
        return
      case 'one_way':
        if (state.lost !== direction) to.write(chunk)
        return
      case 'hang':
      case 'refuse':
        return
    }
  }
}

function hold(socket: Socket, isHeld: boolean): void {
  if (isHeld) socket.pause()
  else socket.resume()
}

/** A reset of a connection that is over already fails in Node and leaves its handle behind, so those are only closed. */
function cut(socket: Socket): void {
  socket.unref()
  if (socket.destroyed || socket.connecting || socket.readableEnded) socket.destroy()
  else socket.resetAndDestroy()
}
