import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'nats'
import { startNatsServer } from '../../src/adapters/embedded/nats-server.ts'
import type { NatsServer } from '../../src/adapters/embedded/nats-server.ts'
import { parseNatsUrl } from '../../src/adapters/nats/nats-url.ts'
import { eventsStream, ingestStream } from '../../src/adapters/nats/streams.ts'
import { silentLogger } from '../../src/kernel/logger.ts'

interface Shared {
  readonly url: string
  stop(): Promise<void>
}

let shared: Promise<Shared> | null = null

/** The bus all tests of this run share: NEURONX_TEST_NATS_URL when set, else a throw-away server started on first use. */
export async function sharedNatsUrl(): Promise<string> {
  shared ??= openShared()
  return (await shared).url
}

/** Stops what `sharedNatsUrl` started; for the root hook. */
export async function stopSharedNats(): Promise<void> {
  const started = shared
  shared = null
  await (await started)?.stop()
}

async function openShared(): Promise<Shared> {
  const existing = process.env['NEURONX_TEST_NATS_URL']
  if (existing !== undefined && existing !== '') return { url: existing, stop: async () => {} }
  const own = await startThrowawayNats()
  return { url: own.server.url, stop: own.remove }
}

/** A server of one test's own, which it may restart, wipe and kill. */
export async function startThrowawayNats(): Promise<{
  server: NatsServer
  dataDir: string
  remove(): Promise<void>
}> {
  const dataDir = await mkdtemp(join(tmpdir(), 'neuronx-nats-'))
  const server = await startNatsServer({ dataDir, logger: silentLogger })
  const remove = async (): Promise<void> => {
    await server.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
  return { server, dataDir, remove }
}

/** Removes the streams, and their durables with them, as a wipe of the bus would. */
export async function wipeStreams(url: string): Promise<void> {
  const { servers, tls: _tls, ...credentials } = parseNatsUrl(url)
  const connection = await connect({ servers: [...servers], ...credentials })
  const jsm = await connection.jetstreamManager()
  for (const stream of [eventsStream, ingestStream]) await jsm.streams.delete(stream).catch(() => false)
  await connection.close()
}
