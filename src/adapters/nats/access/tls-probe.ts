import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect as dial } from 'node:net'
import type { Socket } from 'node:net'
import { connect as startTls } from 'node:tls'
import type { ConnectionOptions } from 'node:tls'
import type { NatsTls } from './nats-tls.ts'

/** How long a server gets for its greeting, and for its objection to our certificate. */
const answerMs = 1_500

/**
 * Why the TLS of a server (`host:port`) fails, as Node tells it; null when it does not, or when that cannot be seen. For the
 * NATS client a server that refuses our certificate is only one that says nothing: its objection comes after the handshake.
 */
export async function probeTls(server: string, tls: NatsTls): Promise<unknown> {
  const colon = server.lastIndexOf(':')
  const host = server.slice(0, colon).replace(/^\[|\]$/g, '')
  const socket = dial({ host, port: Number(server.slice(colon + 1)) })
  try {
    if (!tls.handshakeFirst && !(await greeting(socket)).includes('"tls_')) return null
    return await objection(socket, host, tls)
  } catch {
    return null
  } finally {
    socket.destroy()
  }
}

async function greeting(socket: Socket): Promise<string> {
  const [data] = (await once(socket, 'data', { signal: AbortSignal.timeout(answerMs) })) as [Buffer]
  return data.toString('latin1')
}

async function objection(socket: Socket, host: string, tls: NatsTls): Promise<unknown> {
  const read = (file: string | null): Buffer | undefined => (file === null ? undefined : readFileSync(file))
  const [ca, cert, key] = [read(tls.caFile), read(tls.certFile), read(tls.keyFile)]
  const options: ConnectionOptions = {
    socket,
    host,
    ...(tls.serverName === null ? {} : { servername: tls.serverName }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  }
  const secured = startTls(options)
  return await new Promise((resolve) => {
    const timer = setTimeout(() => resolve(null), answerMs)
    secured.on('error', (error) => {
      clearTimeout(timer)
      resolve(error)
    })
    secured.resume()
  })
}
