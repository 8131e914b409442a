import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { NxError, errorText } from '../../kernel/errors.ts'

/** Starts listening. Throws NX-LISTEN (io). */
export async function listen(app: FastifyInstance, address: { host: string; port: number }): Promise<void> {
  try {
    await app.listen(address)
  } catch (error) {
    await app.close()
    throw new NxError('io', 'NX-LISTEN', `Cannot listen on ${address.host}:${address.port}`, {
      detail: errorText(error),
      fix: 'Choose another address (--http-listen or --ops-listen; NEURONX_HTTP_LISTEN or NEURONX_OPS_LISTEN), or port 0 for a free one.',
      cause: error,
    })
  }
}

/** Where it listens: `http://127.0.0.1:8080`. Throws when it does not. */
export function listeningUrl(app: FastifyInstance | null, name: string): string {
  const address = app?.server.address() as AddressInfo | null | undefined
  if (address === null || address === undefined)
    throw new NxError('bug', 'NX-NOT-LISTENING', `The ${name} is not listening`)
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return `http://${host}:${address.port}`
}

/** Takes no new connection, answers what is under way, and after `stopTimeoutMs` breaks off what is left (a client that stopped sending). */
export async function closeGracefully(app: FastifyInstance, stopTimeoutMs: number): Promise<void> {
  const late = setTimeout(() => app.server.closeAllConnections(), stopTimeoutMs)
  try {
    await app.close()
  } finally {
    clearTimeout(late)
  }
}
