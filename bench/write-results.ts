import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { systemClock } from '../src/kernel/clock.ts'

const benchFolder = dirname(fileURLToPath(import.meta.url))

/** Writes `bench/results/<name>-<time>.json` and returns its path from the project's root. */
export async function writeResults(name: string, results: unknown): Promise<string> {
  const folder = join(benchFolder, 'results')
  await mkdir(folder, { recursive: true })
  const stamp = systemClock.now().toISOString().replaceAll(/[:.]/g, '-')
  const file = join(folder, `${name}-${stamp}.json`)
  await writeFile(file, `${JSON.stringify(results, null, 2)}\n`)
  return relative(dirname(benchFolder), file)
}
