import { createServer } from 'node:net'
import { listenDefaults } from './config/load-settings.ts'
import type { ListenDefaults } from './config/load-settings.ts'

/**
 * The default addresses, each with port 0 instead when its port is taken now: a second stack on one machine, or a busy 8080,
 * is no reason not to start. An address that somebody asked for is never exchanged.
 */
export async function freeListenDefaults(wanted: ListenDefaults = listenDefaults): Promise<ListenDefaults> {
  const { httpListen, opsListen } = wanted
  return { httpListen: await freeOrAny(httpListen), opsListen: await freeOrAny(opsListen) }
}

async function freeOrAny(address: { host: string; port: number }): Promise<{ host: string; port: number }> {
  const server = createServer()
  const free = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(address, () => server.close(() => resolve(true)))
  })
  return free ? address : { ...address, port: 0 }
}
