import { randomBytes } from 'node:crypto'
import type { FakeReceipt } from '../../adapters/connectors/fakes/engine/fake-request.ts'
import { fakeContractOf, fakeVendorServer } from '../../adapters/connectors/fakes/known-fakes.ts'
import { NxError } from '../../kernel/errors.ts'
import { Releasers } from '../../kernel/releasers.ts'
import type { FakeUrls } from './faked-integration.ts'

/** Fakes that listen. */
export interface RunningFakes {
  readonly urls: FakeUrls
  stop(): Promise<void>
}

const callsMax = 1_000

/** The names of a list like `gohighlevel,slack`, each once. Throws NX-FAKE-UNKNOWN (usage) with the names that there are. */
export function readFakeNames(text: string): readonly string[] {
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  if (names.length === 0)
    throw new NxError('usage', 'NX-USAGE', 'Which fakes?', { fix: '--fake gohighlevel,slack' })
  for (const name of names) fakeContractOf(name)
  return [...new Set(names)]
}

/** One server for each of these connectors, on free loopback ports, each behind a door of its own. Nothing of them outlives this process. */
export async function startFakes(
  names: readonly string[],
  onReceipt: (connector: string, caller: string, receipt: FakeReceipt) => void,
): Promise<RunningFakes> {
  const opened = new Releasers()
  const stop = async (): Promise<void> => opened[Symbol.asyncDispose]()
  try {
    const urls = new Map<string, string>()
    for (const name of names) {
      const options = {
        callsMax,
        door: randomBytes(16).toString('hex'),
        onReceipt: (caller: string, receipt: FakeReceipt) => onReceipt(name, caller, receipt),
      }
      const server = opened.own(await fakeVendorServer(name, options).start(), async (one) => one.stop())
      urls.set(name, server.url)
    }
    return { urls, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
