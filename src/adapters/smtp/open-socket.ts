import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { guardedLookup, refusedLiteral } from '../http/egress-guard.ts'

export interface SocketOptions {
  readonly host: string
  readonly port: number
  /** May it be a private address? The very address that is connected to is looked at. */
  readonly allowPrivate: boolean
  /** Ends the wait. */
  readonly signal: AbortSignal
  readonly resolve?: Parameters<typeof guardedLookup>[0]
}

/** A connected socket. Throws EgressRefused, or what the network says. */
export async function openSocket({
  host,
  port,
  allowPrivate,
  signal,
  resolve,
}: SocketOptions): Promise<Socket> {
  const refusal = allowPrivate ? null : refusedLiteral(host)
  if (refusal !== null) throw refusal
  const guard = allowPrivate ? {} : { lookup: guardedLookup(resolve) }
  return await new Promise<Socket>((opened, failed) => {
    const socket = connect({ host: host.replace(/^\[|\]$/g, ''), port, ...guard })
    const stop = (): void => {
      socket.destroy()
      failed(new Error('It took longer than allowed'))
    }
    const settle = (then: () => void): void => {
      signal.removeEventListener('abort', stop)
      then()
    }
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) return stop()
    socket.once('error', (error) => settle(() => failed(error)))
    socket.once('connect', () => {
      socket.removeAllListeners('error')
      settle(() => opened(socket))
    })
  })
}
