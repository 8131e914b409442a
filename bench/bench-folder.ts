import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** On the disk that the embedded stack uses by default; a temporary folder may be in memory. */
const cacheFolder = fileURLToPath(new URL('../.cache', import.meta.url))

/** A new folder for the data of a bench's servers, gone when `opened` is disposed of and when the process ends before. */
export async function benchFolder(opened: AsyncDisposableStack): Promise<string> {
  await mkdir(cacheFolder, { recursive: true })
  const folder = await mkdtemp(join(cacheFolder, 'bench-'))
  opened.defer(async () => await rm(folder, { recursive: true, force: true, maxRetries: 5 }))
  // Ctrl-C skips what is deferred. The servers end by themselves, but nobody else would remove their data.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}
