import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { startNatsServer } from '../../../src/adapters/embedded/nats-server.ts'
import { startPostgresServer } from '../../../src/adapters/embedded/postgres-server.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import type { Surroundings } from '../contestants/contestant.ts'

export interface ServicePids {
  readonly postgres: number
  /** null when the contestant uses no bus. */
  readonly nats: number | null
}

export interface OpenSurroundings extends AsyncDisposable {
  readonly given: Surroundings
  /** Their CPU time is counted apart from the system's. */
  readonly services: ServicePids
}

/** Commits wait for the disk, as in production; everything else is what the embedded stack uses. */
export async function openSurroundings(
  parentFolder: string,
  sinkOrigin: string,
  usesNats: boolean,
): Promise<OpenSurroundings> {
  await using opened = new AsyncDisposableStack()
  const folder = await mkdtemp(join(parentFolder, 'run-'))
  opened.defer(async () => await rm(folder, { recursive: true, force: true, maxRetries: 5 }))
  const postgres = await startPostgresServer({ dataDir: folder, logger: silentLogger, durability: 'durable' })
  opened.defer(async () => await postgres.stop())
  const nats = usesNats ? await startNatsServer({ dataDir: folder, logger: silentLogger }) : null
  if (nats !== null) opened.defer(async () => await nats.stop())
  const kept = opened.move()
  return {
    given: { folder, postgres, nats, sinkOrigin },
    services: { postgres: postgres.pid, nats: nats?.pid ?? null },
    [Symbol.asyncDispose]: async () => await kept.disposeAsync(),
  }
}
