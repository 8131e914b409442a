import { createHash } from 'node:crypto'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { NxError } from '../../kernel/errors.ts'
import type { Settings } from '../config/settings.ts'
import type { FakeUrls } from './faked-integration.ts'
import type { FakedVendors } from './faked-vendors.ts'

const loopbackUrl = z.string().regex(/^http:\/\/127\.0\.0\.1:\d{1,5}\/[0-9a-f]{32}$/)
const fileSchema = z.strictObject({
  /** Proof of the stack that the fakes belong to; see `stackProof`. */
  stack: z.string(),
  fakes: z.record(z.string(), loopbackUrl),
})

/** DATA_DIR/fakes.json: which fakes `neuronx dev` runs, for the commands beside it. */
function fileOf(dataDir: string): string {
  return join(dataDir, 'fakes.json')
}

/** Whole or not at all; readable by its owner alone. */
export async function writeFakes(dataDir: string, databaseUrl: string, urls: FakeUrls): Promise<void> {
  const content = { stack: stackProof(databaseUrl), fakes: Object.fromEntries(urls) }
  const draft = `${fileOf(dataDir)}.new`
  await writeFile(draft, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 })
  await rename(draft, fileOf(dataDir))
}

export async function removeFakes(dataDir: string): Promise<void> {
  await rm(fileOf(dataDir), { force: true })
}

/** The fakes that run on this data directory; null: none. Throws NX-FAKE-FILE (configuration). */
export async function readFakes(dataDir: string): Promise<{ stack: string; urls: FakeUrls } | null> {
  const text = await readFile(fileOf(dataDir), 'utf8').catch(() => null)
  if (text === null) return null
  try {
    const { stack, fakes } = fileSchema.parse(JSON.parse(text))
    return { stack, urls: new Map(Object.entries(fakes)) }
  } catch (cause) {
    throw new NxError('configuration', 'NX-FAKE-FILE', 'The list of running fakes cannot be read', {
      cause,
      where: { file: fileOf(dataDir) },
      fix: 'Start `neuronx dev --fake …` again; it writes the file anew.',
    })
  }
}

/**
 * The fakes for a command that makes calls of its own: only beside the very database that `neuronx dev` runs them with. Without them
 * nothing of fakes is loaded. Throws NX-FAKE-FILE (configuration).
 */
export async function fakesBeside({
  dataDir,
  databaseUrl,
}: Pick<Settings, 'dataDir' | 'databaseUrl'>): Promise<FakedVendors | undefined> {
  if (databaseUrl === null) return undefined
  const found = await readFakes(dataDir)
  if (found === null || found.stack !== stackProof(databaseUrl)) return undefined
  const { FakedVendors } = await import('./faked-vendors.ts')
  return new FakedVendors(found.urls)
}

/**
 * Of the password that the stack made up for itself and no other database has: a port may be taken by another (a tunnel to production),
 * and `localhost` is the same as 127.0.0.1.
 */
function stackProof(databaseUrl: string): string {
  return createHash('sha256')
    .update(`the stack of ${URL.parse(databaseUrl)?.password || databaseUrl}`)
    .digest('hex')
}
