import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * A file or folder of the real material beside the project (../shared/data); null when it is not here. Tests that need it
 * then say that they were skipped.
 */
export function sharedData(path: string): string | null {
  const place = fileURLToPath(new URL(`../../../shared/data/${path}`, import.meta.url))
  return existsSync(place) ? place : null
}
